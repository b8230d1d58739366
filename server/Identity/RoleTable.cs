using Storage.Engine;
using Storage.Engine.Model;

namespace Storage.Server.Identity;

/// <summary>Roles in the table <c>$iam</c>.</summary>
internal sealed class RoleTable(Store store)
{
    internal const string Name = "$iam";

    private const int TriesMax = 100;

    internal ValueTask EnsureAsync(CancellationToken cancellation) => store.EnsureSystemTableAsync(
        new TableDefinition
        {
            Name = Name,
            Key = new KeySchema(new KeyAttribute("pk", AttributeType.S), new KeyAttribute("sk", AttributeType.S)),
        },
        cancellation);

    internal async ValueTask<Role?> FindAsync(string name, CancellationToken cancellation) =>
        await store.GetAsync(Name, Role.KeyOf(name), cancellation) is { } item ? Role.Read(item) : null;

    /// <exception cref="Aws.AwsException">NoSuchEntity.</exception>
    internal async ValueTask<Role> RoleAsync(string name, CancellationToken cancellation) =>
        await FindAsync(name, cancellation) ?? throw IdentityFault.NoRole(name);

    /// <summary>False when there is a role of the name.</summary>
    internal async ValueTask<bool> CreateAsync(Role role, CancellationToken cancellation) =>
        (await store.PutAsync(Name, role.ToItem(), new WriteOptions { Condition = "attribute_not_exists(pk)" }, cancellation)).Accepted;

    /// <summary>Changes a role as it is at that moment; null deletes it, the same one changes nothing.</summary>
    /// <exception cref="Aws.AwsException">NoSuchEntity, and what <paramref name="change"/> throws.</exception>
    internal async ValueTask ChangeAsync(string name, Func<Role, Role?> change, CancellationToken cancellation)
    {
        for (var attempt = 0; attempt < TriesMax; attempt++)
        {
            var before = await RoleAsync(name, cancellation);
            var after = change(before);
            if (ReferenceEquals(before, after))
            {
                return;
            }

            var options = new WriteOptions
            {
                Condition = "id = :id AND rev = :rev",
                Values = Item.Of((":id", before.Id), (":rev", before.Revision)),
            };
            var outcome = after is null
                ? await store.DeleteAsync(Name, Role.KeyOf(name), options, cancellation)
                : await store.PutAsync(Name, (after with { Revision = before.Revision + 1 }).ToItem(), options, cancellation);
            if (outcome.Accepted)
            {
                return;
            }
        }

        throw new Aws.AwsException(
            StatusCodes.Status409Conflict, "ConcurrentModification", "The role is being changed by others all the time.");
    }

    /// <summary>Roles by name, those behind one.</summary>
    internal async IAsyncEnumerable<Role> ListAsync(
        string? after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var options = after is null
            ? new QueryOptions { KeyCondition = "pk = :pk", Values = Item.Of((":pk", Role.PartitionKey)) }
            : new QueryOptions
            {
                KeyCondition = "pk = :pk AND sk > :after",
                Values = Item.Of((":pk", Role.PartitionKey), (":after", after.ToLowerInvariant())),
            };
        await foreach (var item in store.QueryAsync(Name, options, cancellation))
        {
            yield return Role.Read(item);
        }
    }
}
