using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Storage.Engine;

namespace Storage.Server.Lambda.Functions;

/// <summary>Tags of a function: an item of their own.</summary>
internal static class ResourceTags
{
    /// <summary>Source: AWS, tag naming limits.</summary>
    private const int TagsMax = 50;

    /// <summary>Tags of a request; null when it has none.</summary>
    /// <exception cref="Aws.AwsException">ValidationException; InvalidParameterValueException for too many.</exception>
    internal static ImmutableSortedDictionary<string, string>? Read(RequestMembers request)
    {
        if (request.TextMap("Tags") is not { Count: > 0 } given)
        {
            return null;
        }

        var constraints = new Constraints();
        if (!given.All(tag => tag.Key.Length is > 0 and <= 128))
        {
            constraints.Fail(
                "tags",
                null,
                "Map keys must satisfy constraint: [Member must have length less than or equal to 128, "
                + "Member must have length greater than or equal to 1, Member must not be null]");
        }

        if (!given.All(tag => tag.Value.Length <= 256))
        {
            constraints.Fail(
                "tags", null, "Map value must satisfy constraint: [Member must have length less than or equal to 256]");
        }

        constraints.ThrowIfAny();
        var tags = given.ToImmutableSortedDictionary(StringComparer.Ordinal);
        ThrowIfTooMany(tags);
        return tags;
    }

    internal static void ThrowIfTooMany(ImmutableSortedDictionary<string, string> tags)
    {
        if (tags.Count > TagsMax)
        {
            throw LambdaFault.Invalid("Number of tags exceeds resource tag limit.");
        }
    }

    internal static ImmutableSortedDictionary<string, string> Of(Item? item) => item is null
        ? ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal)
        : item["tags"].AsMap().ToImmutableSortedDictionary(tag => tag.Key, tag => tag.Value.AsString(), StringComparer.Ordinal);

    internal static Item Write(string function, ImmutableSortedDictionary<string, string> tags) => Item.Of(
        ("pk", function),
        ("sk", FunctionKeys.Tags),
        ("tags", AttributeValue.Map(Item.Of([.. tags.Select(tag => (tag.Key, (AttributeValue)tag.Value))]))));

    internal static JsonObject ToJson(ImmutableSortedDictionary<string, string> tags)
    {
        var json = new JsonObject();
        foreach (var (key, value) in tags)
        {
            json[key] = value;
        }

        return json;
    }
}
