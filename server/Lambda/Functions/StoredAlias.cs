using System.Collections.Immutable;
using System.Globalization;
using Storage.Engine;

namespace Storage.Server.Lambda.Functions;

/// <summary>An alias as stored.</summary>
/// <param name="Name">Its name.</param>
/// <param name="FunctionVersion">The version it points to.</param>
internal sealed record StoredAlias(string Name, string FunctionVersion)
{
    internal string Description { get; init; } = string.Empty;

    /// <summary>Share of calls, 0 to 1, of versions other than <see cref="FunctionVersion"/>, which gets the rest.</summary>
    internal ImmutableSortedDictionary<string, double> AdditionalWeights { get; init; } =
        ImmutableSortedDictionary<string, double>.Empty;

    internal required string RevisionId { get; init; }

    internal static StoredAlias Read(Item item) => new(item["alias"].AsString(), item["functionVersion"].AsString())
    {
        Description = item["description"].AsString(),
        AdditionalWeights = item["additionalWeights"].AsMap().ToImmutableSortedDictionary(
            one => one.Key, one => double.Parse(one.Value.AsNumber(), CultureInfo.InvariantCulture), StringComparer.Ordinal),
        RevisionId = item["revisionId"].AsString(),
    };

    internal Item Write(string function)
    {
        var weights = AdditionalWeights
            .Select(one => (one.Key, AttributeValue.Number(one.Value.ToString("0.################", CultureInfo.InvariantCulture))))
            .ToArray();
        return Item.Of(
            ("pk", function),
            ("sk", FunctionKeys.Alias(Name)),
            ("alias", Name),
            ("functionVersion", FunctionVersion),
            ("description", Description),
            ("additionalWeights", AttributeValue.Map(Item.Of(weights))),
            ("revisionId", RevisionId));
    }
}
