using System.Collections.Immutable;
using Storage.Engine;

namespace Storage.Server.Identity;

/// <summary>A role with its policies: one item, so that it changes as a whole.</summary>
internal sealed record Role
{
    /// <summary>All roles have this partition key, so that they are listed in the order of their names.</summary>
    internal const string PartitionKey = "roles";

    internal required string Name { get; init; }

    /// <summary>E.g. <c>/</c> or <c>/service-role/</c>.</summary>
    internal required string Path { get; init; }

    internal required string Id { get; init; }

    internal required long CreatedSeconds { get; init; }

    /// <summary>Who may assume it: a policy as it came.</summary>
    internal required string TrustPolicy { get; init; }

    internal string? Description { get; init; }

    internal string? PermissionsBoundary { get; init; }

    internal int MaxSessionSeconds { get; init; } = 3600;

    /// <summary>Inline policies by name.</summary>
    internal ImmutableSortedDictionary<string, string> Policies { get; init; } = Empty;

    /// <summary>Names of managed policies by ARN.</summary>
    internal ImmutableSortedDictionary<string, string> Attached { get; init; } = Empty;

    internal ImmutableSortedDictionary<string, string> Tags { get; init; } = Empty;

    /// <summary>Counts changes.</summary>
    internal long Revision { get; init; }

    private static ImmutableSortedDictionary<string, string> Empty { get; } =
        ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal);

    internal string Arn(string accountId) => $"arn:aws:iam::{accountId}:role{Path}{Name}";

    /// <summary>Names differ by more than case. Source: IAM, CreateRole.</summary>
    internal static Item KeyOf(string name) => Item.Of(("pk", PartitionKey), ("sk", name.ToLowerInvariant()));

    internal static Role Read(Item item)
    {
        return new Role
        {
            Name = item["name"].AsString(),
            Path = item["path"].AsString(),
            Id = item["id"].AsString(),
            CreatedSeconds = item["created"].AsInt64(),
            TrustPolicy = item["trust"].AsString(),
            Description = Optional("description"),
            PermissionsBoundary = Optional("boundary"),
            MaxSessionSeconds = (int)item["session"].AsInt64(),
            Policies = Texts("policies"),
            Attached = Texts("attached"),
            Tags = Texts("tags"),
            Revision = item["rev"].AsInt64(),
        };

        string? Optional(string name) => item.TryGetValue(name, out var value) ? value.AsString() : null;
        ImmutableSortedDictionary<string, string> Texts(string name) => Empty.AddRange(
            item[name].AsMap().Select(pair => KeyValuePair.Create(pair.Key, pair.Value.AsString())));
    }

    internal Item ToItem()
    {
        var attributes = new List<(string, AttributeValue)>
        {
            ("pk", PartitionKey),
            ("sk", Name.ToLowerInvariant()),
            ("name", Name),
            ("path", Path),
            ("id", Id),
            ("created", CreatedSeconds),
            ("trust", TrustPolicy),
            ("session", MaxSessionSeconds),
            ("policies", Map(Policies)),
            ("attached", Map(Attached)),
            ("tags", Map(Tags)),
            ("rev", Revision),
        };
        if (Description is not null)
        {
            attributes.Add(("description", Description));
        }

        if (PermissionsBoundary is not null)
        {
            attributes.Add(("boundary", PermissionsBoundary));
        }

        return Item.Of([.. attributes]);
    }

    private static AttributeValue Map(IEnumerable<KeyValuePair<string, string>> texts) =>
        AttributeValue.Map(Item.Of([.. texts.Select(pair => (pair.Key, (AttributeValue)pair.Value))]));
}
