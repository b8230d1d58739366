using System.Collections.Immutable;
using System.Globalization;
using System.Xml.Linq;
using Storage.Server.Aws;

namespace Storage.Server.Identity;

/// <summary>Operations on roles.</summary>
internal sealed class RoleOperations(RoleTable roles, TimeProvider time)
{
    private const int NameLengthMax = 64;
    private const int PathLengthMax = 512;
    private const int DescriptionLengthMax = 1000;
    private const int TagsMax = 50;
    private const int BoundaryLengthMin = 20;
    private const int BoundaryLengthMax = 2048;
    private const int MarkerLengthMax = 320;

    /// <summary>The most that AWS raises its quota to.</summary>
    private const int TrustPolicyCharactersMax = 4096;

    /// <summary>With blanks, which AWS does not count: the role is one item.</summary>
    private const int TrustPolicyStoredCharactersMax = 32 * 1024;

    internal static string NameOf(QueryParameters request) => IdentityText.Name(request, "RoleName", 1, NameLengthMax);

    internal async ValueTask<IReadOnlyList<XElement>?> CreateAsync(
        AwsCall call, QueryParameters request, CancellationToken cancellation)
    {
        var role = new Role
        {
            Name = NameOf(request),
            Path = PathOf(request["Path"] ?? "/"),
            Id = IdentityIds.NewRoleId(),
            CreatedSeconds = time.GetUtcNow().ToUnixTimeSeconds(),
            TrustPolicy = TrustPolicyOf(request),
            Description = request["Description"] is { Length: > DescriptionLengthMax } text
                ? throw IdentityFault.Constraint("description", text[..20], $"Member must have length less than or equal to {DescriptionLengthMax}")
                : request["Description"],
            PermissionsBoundary = BoundaryOf(request),
            MaxSessionSeconds = IdentityText.Number(request, "MaxSessionDuration", 3600, 3600, 43_200),
            Tags = TagsOf(request),
        };
        return await roles.CreateAsync(role, cancellation)
            ? [Describe(call, role, withDetails: false)]
            : throw IdentityFault.RoleExists(role.Name);
    }

    internal async ValueTask<IReadOnlyList<XElement>?> GetAsync(
        AwsCall call, QueryParameters request, CancellationToken cancellation) =>
        [Describe(call, await roles.RoleAsync(NameOf(request), cancellation), withDetails: true)];

    internal async ValueTask<IReadOnlyList<XElement>?> ListAsync(
        AwsCall call, QueryParameters request, CancellationToken cancellation)
    {
        var prefix = request["PathPrefix"] ?? "/";
        var limit = IdentityText.Number(request, "MaxItems", 100, 1, 1000);
        var list = new XElement("Roles");
        string? last = null;
        if (request["Marker"] is { Length: > MarkerLengthMax })
        {
            throw IdentityFault.Validation("Invalid Marker.");
        }

        await foreach (var role in roles.ListAsync(request["Marker"], cancellation))
        {
            if (!role.Path.StartsWith(prefix, StringComparison.Ordinal))
            {
                continue;
            }

            if (list.Elements().Count() == limit)
            {
                return [new XElement("IsTruncated", "true"), list, new XElement("Marker", last)];
            }

            var member = Describe(call, role, withDetails: false);
            member.Name = "member";
            list.Add(member);
            last = role.Name;
        }

        return [new XElement("IsTruncated", "false"), list];
    }

    internal async ValueTask<IReadOnlyList<XElement>?> DeleteAsync(
        AwsCall call, QueryParameters request, CancellationToken cancellation)
    {
        await roles.ChangeAsync(
            NameOf(request),
            role => role switch
            {
                { Attached.Count: > 0 } => throw IdentityFault.DeleteConflict("Cannot delete entity, must detach all policies first."),
                { Policies.Count: > 0 } => throw IdentityFault.DeleteConflict("Cannot delete entity, must delete policies first."),
                _ => null,
            },
            cancellation);
        return null;
    }

    private static string? BoundaryOf(QueryParameters request) => request["PermissionsBoundary"] switch
    {
        { Length: < BoundaryLengthMin } arn => throw IdentityFault.Constraint(
            "permissionsBoundary", arn, $"Member must have length greater than or equal to {BoundaryLengthMin}"),
        { Length: > BoundaryLengthMax } arn => throw IdentityFault.Constraint(
            "permissionsBoundary", arn[..20], $"Member must have length less than or equal to {BoundaryLengthMax}"),
        var arn => arn,
    };

    private static string TrustPolicyOf(QueryParameters request)
    {
        var policy = IdentityText.Policy(request, "AssumeRolePolicyDocument");
        return IdentityText.CountedLength(policy) <= TrustPolicyCharactersMax && policy.Length <= TrustPolicyStoredCharactersMax
            ? policy
            : throw IdentityFault.LimitExceeded($"Cannot exceed quota for ACLSizePerRole: {TrustPolicyCharactersMax}");
    }

    private static XElement Describe(AwsCall call, Role role, bool withDetails)
    {
        var element = new XElement(
            "Role",
            new XElement("Path", role.Path),
            new XElement("RoleName", role.Name),
            new XElement("RoleId", role.Id),
            new XElement("Arn", role.Arn(call.AccountId)),
            new XElement("CreateDate", IdentityText.Time(DateTimeOffset.FromUnixTimeSeconds(role.CreatedSeconds))),
            new XElement("AssumeRolePolicyDocument", Uri.EscapeDataString(role.TrustPolicy)),
            new XElement("MaxSessionDuration", role.MaxSessionSeconds.ToString(CultureInfo.InvariantCulture)));
        if (role.Description is not null)
        {
            element.Add(new XElement("Description", role.Description));
        }

        if (role.PermissionsBoundary is not null)
        {
            element.Add(new XElement(
                "PermissionsBoundary",
                new XElement("PermissionsBoundaryType", "Policy"),
                new XElement("PermissionsBoundaryArn", role.PermissionsBoundary)));
        }

        if (role.Tags.Count > 0)
        {
            element.Add(new XElement("Tags", role.Tags.Select(tag =>
                new XElement("member", new XElement("Key", tag.Key), new XElement("Value", tag.Value)))));
        }

        if (withDetails)
        {
            element.Add(new XElement("RoleLastUsed"));
        }

        return element;
    }

    private static string PathOf(string path) =>
        path.Length is > 0 and <= PathLengthMax && path[0] == '/' && path[^1] == '/' && path.All(one => one is >= '!' and <= '~')
            ? path
            : throw IdentityFault.Validation(
                "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.");

    private static ImmutableSortedDictionary<string, string> TagsOf(QueryParameters request)
    {
        var tags = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in request.Pairs("Tags", "Key", "Value"))
        {
            tags[key is { Length: > 0 and <= 128 } ? key : throw IdentityFault.Validation("A tag needs a key of 1 to 128 characters.")] =
                value is null or { Length: <= 256 } ? value ?? string.Empty : throw IdentityFault.Validation("A tag's value has at most 256 characters.");
        }

        return tags.Count <= TagsMax ? tags.ToImmutable() : throw IdentityFault.LimitExceeded($"A role has at most {TagsMax} tags.");
    }
}
