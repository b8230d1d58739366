using System.Runtime.CompilerServices;
using Storage.Engine;
using Storage.Server.Aws;
using Storage.Server.Blobs;

namespace Storage.Server.Lambda.Functions;

/// <summary>
/// The items of functions and the one way to change them. Invariants: every change of any item of a function is one
/// transaction that replaces its CONFIG item under the condition that the stamp is the one read, and gives a new stamp;
/// so changes of one function are serial, and what a change read still holds when it commits. A function has an entry
/// in the list of names exactly while its CONFIG item exists. A function that is being deleted is marked first and
/// loses its CONFIG item last; until then no change of it succeeds and a restart finishes the deletion.
/// </summary>
/// <param name="store">Holds the items.</param>
/// <param name="blobs">Holds the packages.</param>
/// <param name="home">What ARNs begin with.</param>
/// <param name="written">
/// Called after every write of a function's items, even one that failed half known, with whether its content changed.
/// </param>
internal sealed class FunctionTable(Store store, BlobStore blobs, FunctionHome home, Action<string, bool> written)
{
    /// <summary>Tries of one change; each failed one means that another change of the same function succeeded.</summary>
    private const int ChangeAttemptsMax = 100;

    /// <summary>A transaction takes 100 actions; one of them is the check of the stamp.</summary>
    private const int DeletedAtOnceMax = 99;

    private const string SameStamp = "stamp = :stamp";

    internal FunctionHome Home => home;

    /// <summary>A UUID. From the system: with a seed, numbers would come again after a restart, and be no proof of anything.</summary>
    internal static string NewRevisionId() => Guid.NewGuid().ToString();

    internal ValueTask<Item?> ReadAsync(string pk, string sk, CancellationToken cancellation) =>
        store.GetAsync(FunctionKeys.Table, FunctionKeys.Of(pk, sk), cancellation);

    /// <summary>$LATEST in whatever state it is; null when there is no such function.</summary>
    internal async ValueTask<StoredFunction?> ReadLatestAsync(string name, CancellationToken cancellation)
    {
        var item = await ReadAsync(name, FunctionKeys.Configuration, cancellation).ConfigureAwait(false);
        return item is not null && FunctionItem.Read(item, home) is { IsDeleting: false } function ? function : null;
    }

    /// <summary>A published version; null when there is none of that number.</summary>
    internal async ValueTask<StoredFunction?> ReadVersionAsync(string name, string number, CancellationToken cancellation)
    {
        var item = await ReadAsync(name, FunctionKeys.Version(number), cancellation).ConfigureAwait(false);

        // "007" finds the item of 7, but is no version.
        return item is not null && FunctionItem.Read(item, home) is var version && version.Version.Version == number
            ? version
            : null;
    }

    /// <summary>Items of a partition whose sort keys begin alike, in order, behind a sort key.</summary>
    internal async IAsyncEnumerable<Item> ReadAllAsync(
        string pk, string skPrefix, string? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // A key condition takes one comparison of the sort key: begin behind, end where the prefix ends.
        var ofPrefix = after is null && skPrefix.Length > 0;
        var options = new QueryOptions
        {
            KeyCondition = ofPrefix ? "pk = :pk AND begins_with(sk, :sk)"
                : after is null ? "pk = :pk"
                : "pk = :pk AND sk > :sk",
            Values = ofPrefix ? Item.Of((":pk", pk), (":sk", skPrefix))
                : after is null ? Item.Of((":pk", pk))
                : Item.Of((":pk", pk), (":sk", after)),
        };
        await foreach (var item in store.QueryAsync(FunctionKeys.Table, options, cancellation).ConfigureAwait(false))
        {
            if (!item["sk"].AsString().StartsWith(skPrefix, StringComparison.Ordinal))
            {
                yield break;
            }

            yield return item;
        }
    }

    /// <summary>Names of functions in order, behind a name; those being deleted too.</summary>
    internal async IAsyncEnumerable<string> ReadNamesAsync(string? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var item in ReadAllAsync(FunctionKeys.Names, string.Empty, after, cancellation).ConfigureAwait(false))
        {
            yield return item["sk"].AsString();
        }
    }

    /// <summary>Creates a function, perhaps with its first version.</summary>
    /// <returns>What was published, or else $LATEST.</returns>
    /// <exception cref="AwsException">ResourceConflictException when the name is taken.</exception>
    internal async ValueTask<StoredFunction> CreateAsync(
        StoredFunction function, Item? tags, bool publish, CancellationToken cancellation)
    {
        var name = function.Version.Name;
        await FinishDeletionAsync(name, cancellation).ConfigureAwait(false);
        var change = new FunctionChange(this, function);
        var published = publish ? change.Publish(function, null, function.Version.LastModified) : null;
        var configuration = FunctionItem.Write((change.After ?? function) with { Stamp = NewRevisionId() });
        var absent = new WriteOptions { Condition = "attribute_not_exists(pk)" };
        var actions = new List<TransactAction>
        {
            TransactAction.Put(FunctionKeys.Table, configuration, absent),
            TransactAction.Put(FunctionKeys.Table, FunctionKeys.Of(FunctionKeys.Names, name)),
        };
        if (tags is not null)
        {
            actions.Add(TransactAction.Put(FunctionKeys.Table, tags));
        }

        actions.AddRange(change.Parts);
        cancellation.ThrowIfCancellationRequested();
        return await WriteAsync(name, true, actions).ConfigureAwait(false)
            ? published ?? function
            : throw LambdaFault.Conflict($"Function already exist: {name}");
    }

    /// <summary>Changes a function and its other items in one step.</summary>
    /// <param name="reference">The function.</param>
    /// <param name="decide">Reads, checks and collects; runs again when another change came first. Its result is given.</param>
    /// <param name="cancellation">Ends the wait; the change may be committed all the same.</param>
    /// <exception cref="AwsException">ResourceNotFoundException; whatever <paramref name="decide"/> throws.</exception>
    internal async ValueTask<T> ChangeAsync<T>(
        FunctionReference reference, Func<FunctionChange, ValueTask<T>> decide, CancellationToken cancellation)
    {
        for (var attempt = 0; attempt < ChangeAttemptsMax; attempt++)
        {
            var before = await ReadSettledAsync(reference.Name, cancellation).ConfigureAwait(false)
                ?? throw LambdaFault.FunctionNotFound(reference.Arn);
            var change = new FunctionChange(this, before);
            var result = await decide(change).ConfigureAwait(false);
            if (change.IsEmpty || await CommitAsync(change, cancellation).ConfigureAwait(false))
            {
                return result;
            }
        }

        throw LambdaFault.UpdateInProgress(reference.Arn);
    }

    /// <summary>$LATEST with nothing in between: what is pending is settled first. Null when there is no such function.</summary>
    internal async ValueTask<StoredFunction?> ReadSettledAsync(string name, CancellationToken cancellation)
    {
        while (true)
        {
            var latest = await ReadLatestAsync(name, cancellation).ConfigureAwait(false);
            if (latest is null or { IsSettled: true })
            {
                return latest;
            }

            await SettleAsync(latest, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Deletes a function with all its items.</summary>
    /// <exception cref="AwsException">ResourceNotFoundException.</exception>
    internal async ValueTask DeleteAsync(FunctionReference reference, CancellationToken cancellation)
    {
        await ChangeAsync(
            reference,
            change =>
            {
                change.After = change.Before with { IsDeleting = true };
                return ValueTask.FromResult(true);
            },
            cancellation).ConfigureAwait(false);

        // The function is gone for everybody: who asked may go too, but its items must not stay.
        await FinishDeletionAsync(reference.Name, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Finishes a deletion that was begun; else does nothing.</summary>
    internal async ValueTask FinishDeletionAsync(string name, CancellationToken cancellation)
    {
        var item = await ReadAsync(name, FunctionKeys.Configuration, cancellation).ConfigureAwait(false);
        if (item is null || !item["deleting"].AsBoolean())
        {
            return;
        }

        // More items than a transaction takes may be there. None is added meanwhile: a change needs the stamp.
        var actions = new List<TransactAction>();
        await foreach (var part in ReadAllAsync(name, string.Empty, null, cancellation).ConfigureAwait(false))
        {
            var sk = part["sk"].AsString();
            if (sk != FunctionKeys.Configuration)
            {
                actions.Add(TransactAction.Delete(FunctionKeys.Table, FunctionKeys.Of(name, sk)));
            }
        }

        // IMPORTANT: on the same stamp only. Another may have finished this and created the function again.
        var configuration = FunctionKeys.Of(name, FunctionKeys.Configuration);
        var sameStamp = OnStamp(item["stamp"]);
        foreach (var chunk in actions.Chunk(DeletedAtOnceMax))
        {
            await store.TransactWriteAsync(
                [TransactAction.Check(FunctionKeys.Table, configuration, sameStamp), .. chunk], null, cancellation)
                .ConfigureAwait(false);
        }

        await store.TransactWriteAsync(
            [
                TransactAction.Delete(FunctionKeys.Table, configuration, sameStamp),
                TransactAction.Delete(FunctionKeys.Table, FunctionKeys.Of(FunctionKeys.Names, name)),
            ],
            null,
            cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// Takes a function out of the state in between: reads its package back as a call would, and writes down whether it
    /// is whole. Nothing happens when another did it or changed the function meanwhile.
    /// </summary>
    private async ValueTask SettleAsync(StoredFunction latest, CancellationToken cancellation)
    {
        var isWhole = await IsWholeAsync(latest.Version.CodeBlob, cancellation).ConfigureAwait(false);
        var change = new FunctionChange(this, latest) { After = Settled(latest, isWhole) with { UnsettledVersion = 0 } };
        if (latest.UnsettledVersion > 0
            && await change.ReadAsync(FunctionKeys.Version(latest.UnsettledVersion), cancellation).ConfigureAwait(false) is { } item)
        {
            change.Put(FunctionItem.Write(Settled(FunctionItem.Read(item, home), isWhole)));
        }

        await CommitAsync(change, cancellation).ConfigureAwait(false);
    }

    private static StoredFunction Settled(StoredFunction function, bool isWhole) => function with
    {
        State = !isWhole && function.State == FunctionState.Pending ? FunctionState.Failed
            : isWhole ? FunctionState.Active
            : function.State,
        Update = isWhole ? UpdateStatus.Successful : UpdateStatus.Failed,
    };

    private async ValueTask<bool> IsWholeAsync(string blob, CancellationToken cancellation)
    {
        try
        {
            await blobs.ReadAsync(blob, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Writes a change, unless another came first.</summary>
    private async ValueTask<bool> CommitAsync(FunctionChange change, CancellationToken cancellation)
    {
        var after = (change.After ?? change.Before) with { Stamp = NewRevisionId() };
        var isContent = after.IsDeleting || after.Version.RevisionId != change.Before.Version.RevisionId;
        cancellation.ThrowIfCancellationRequested();
        return await WriteAsync(
            after.Version.Name,
            isContent,
            [TransactAction.Put(FunctionKeys.Table, FunctionItem.Write(after), OnStamp(change.Before.Stamp)), .. change.Parts])
            .ConfigureAwait(false);
    }

    /// <summary>
    /// Runs a transaction. IMPORTANT: nobody may end the wait for it: what is kept in memory of the items is dropped
    /// behind the commit, and a commit behind that would leave the old in place.
    /// </summary>
    private async ValueTask<bool> WriteAsync(string name, bool isContent, IReadOnlyList<TransactAction> actions)
    {
        var accepted = true;
        try
        {
            var outcome = await store.TransactWriteAsync(actions, null, CancellationToken.None).ConfigureAwait(false);
            accepted = outcome.Accepted;
            return accepted;
        }
        finally
        {
            if (accepted)
            {
                written(name, isContent);
            }
        }
    }

    private static WriteOptions OnStamp(AttributeValue stamp) =>
        new() { Condition = SameStamp, Values = Item.Of((":stamp", stamp)) };
}
