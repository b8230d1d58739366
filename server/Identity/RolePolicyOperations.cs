using System.Xml.Linq;
using Storage.Server.Aws;

namespace Storage.Server.Identity;

/// <summary>Operations on a role's policies: managed ones by ARN, and inline ones. They are stored; nothing is enforced yet.</summary>
internal sealed class RolePolicyOperations(RoleTable roles)
{
    // Source: IAM and STS quotas.
    private const int AttachedMax = 20;
    private const int InlineCharactersMax = 10_240;
    private const int NameLengthMax = 128;

    /// <summary>With blanks, which AWS does not count: the role is one item.</summary>
    private const int StoredCharactersMax = 96 * 1024;

    internal async ValueTask<IReadOnlyList<XElement>?> AttachAsync(
        AwsCall call, QueryParameters request, CancellationToken cancellation)
    {
        var arn = ArnOf(request);
        await roles.ChangeAsync(
            RoleOperations.NameOf(request),
            role => role.Attached.ContainsKey(arn) ? role
                : role.Attached.Count < AttachedMax ? role with { Attached = role.Attached.Add(arn, arn[(arn.LastIndexOf('/') + 1)..]) }
                : throw IdentityFault.LimitExceeded($"Cannot exceed quota for PoliciesPerRole: {AttachedMax}"),
            cancellation);
        return null;
    }

    internal async ValueTask<IReadOnlyList<XElement>?> DetachAsync(
        AwsCall call, QueryParameters request, CancellationToken cancellation)
    {
        var arn = ArnOf(request);
        await roles.ChangeAsync(
            RoleOperations.NameOf(request),
            role => role.Attached.ContainsKey(arn)
                ? role with { Attached = role.Attached.Remove(arn) }
                : throw IdentityFault.NoEntity($"Policy {arn} was not found."),
            cancellation);
        return null;
    }

    internal async ValueTask<IReadOnlyList<XElement>?> ListAttachedAsync(
        AwsCall call, QueryParameters request, CancellationToken cancellation)
    {
        var role = await roles.RoleAsync(RoleOperations.NameOf(request), cancellation);
        return Page(request, "AttachedPolicies", role.Attached.Select(policy => (policy.Key, new XElement(
            "member", new XElement("PolicyName", policy.Value), new XElement("PolicyArn", policy.Key)))));
    }

    internal async ValueTask<IReadOnlyList<XElement>?> PutAsync(
        AwsCall call, QueryParameters request, CancellationToken cancellation)
    {
        var name = NameOf(request);
        var document = IdentityText.Policy(request, "PolicyDocument");
        await roles.ChangeAsync(
            RoleOperations.NameOf(request),
            role =>
            {
                var policies = role.Policies.SetItem(name, document);
                return policies.Values.Sum(IdentityText.CountedLength) <= InlineCharactersMax
                    && policies.Values.Sum(text => text.Length) <= StoredCharactersMax
                    ? role with { Policies = policies }
                    : throw IdentityFault.LimitExceeded($"Maximum policy size of {InlineCharactersMax} bytes exceeded for role {role.Name}");
            },
            cancellation);
        return null;
    }

    internal async ValueTask<IReadOnlyList<XElement>?> GetAsync(
        AwsCall call, QueryParameters request, CancellationToken cancellation)
    {
        var name = NameOf(request);
        var role = await roles.RoleAsync(RoleOperations.NameOf(request), cancellation);
        return role.Policies.TryGetValue(name, out var document)
            ?
            [
                new XElement("RoleName", role.Name),
                new XElement("PolicyName", name),
                new XElement("PolicyDocument", Uri.EscapeDataString(document)),
            ]
            : throw NoPolicy(name);
    }

    internal async ValueTask<IReadOnlyList<XElement>?> DeleteAsync(
        AwsCall call, QueryParameters request, CancellationToken cancellation)
    {
        var name = NameOf(request);
        await roles.ChangeAsync(
            RoleOperations.NameOf(request),
            role => role.Policies.ContainsKey(name) ? role with { Policies = role.Policies.Remove(name) } : throw NoPolicy(name),
            cancellation);
        return null;
    }

    internal async ValueTask<IReadOnlyList<XElement>?> ListAsync(
        AwsCall call, QueryParameters request, CancellationToken cancellation)
    {
        var role = await roles.RoleAsync(RoleOperations.NameOf(request), cancellation);
        return Page(request, "PolicyNames", role.Policies.Keys.Select(name => (name, new XElement("member", name))));
    }

    private static IReadOnlyList<XElement> Page(
        QueryParameters request, string list, IEnumerable<(string Place, XElement Element)> all)
    {
        var limit = IdentityText.Number(request, "MaxItems", 100, 1, 1000);
        var after = request["Marker"];
        var page = all.Where(one => after is null || string.CompareOrdinal(one.Place, after) > 0).Take(limit + 1).ToList();
        var members = new XElement(list, page.Take(limit).Select(one => one.Element));
        return page.Count > limit
            ? [new XElement("IsTruncated", "true"), members, new XElement("Marker", page[limit - 1].Place)]
            : [new XElement("IsTruncated", "false"), members];
    }

    private static string NameOf(QueryParameters request) => IdentityText.Name(request, "PolicyName", 1, NameLengthMax);

    private static string ArnOf(QueryParameters request)
    {
        var arn = request.Required("PolicyArn");
        return arn.Length is >= 20 and <= 2048 && arn.StartsWith("arn:", StringComparison.Ordinal) && arn.Contains(":policy/", StringComparison.Ordinal)
            ? arn
            : throw new AwsException(StatusCodes.Status400BadRequest, "InvalidInput", $"ARN {arn} is not valid.");
    }

    private static AwsException NoPolicy(string name) => IdentityFault.NoEntity($"The role policy with name {name} cannot be found.");
}
