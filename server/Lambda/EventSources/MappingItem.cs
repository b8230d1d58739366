using System.Collections.Immutable;
using Storage.Engine;
using Storage.Engine.Model;

namespace Storage.Server.Lambda.EventSources;

/// <summary>A mapping as an item of <see cref="MappingTable"/>.</summary>
internal static class MappingItem
{
    internal const string Partition = "pk";
    internal const string Sort = "sk";
    internal const string Revision = "revision";
    internal const string ConfigurationSort = "CONFIG";

    internal static Item KeyOf(string uuid) => Item.Of((Partition, uuid), (Sort, ConfigurationSort));

    internal static Item Write(EventSourceMapping mapping)
    {
        List<(string, AttributeValue)> attributes =
        [
            (Partition, mapping.Uuid),
            (Sort, ConfigurationSort),
            (Revision, mapping.Revision),
            ("stream", mapping.EventSourceArn),
            ("function", mapping.FunctionArn),
            ("starting", mapping.StartingPosition.ToString()),
            ("batchSize", mapping.BatchSize),
            ("windowSeconds", mapping.BatchingWindowSeconds),
            ("factor", mapping.ParallelizationFactor),
            ("recordAgeMaxSeconds", mapping.RecordAgeMaxSeconds),
            ("retryAttemptsMax", mapping.RetryAttemptsMax),
            ("bisects", mapping.BisectsOnFunctionError),
            ("reportsItemFailures", mapping.ReportsItemFailures),
            ("filters", AttributeValue.List(mapping.Filters.Select(pattern => (AttributeValue)pattern))),
            ("tags", AttributeValue.Map(Item.Of([.. mapping.Tags.Select(tag => (tag.Key, (AttributeValue)tag.Value))]))),
            ("state", mapping.State.ToString()),
            ("enabled", mapping.IsEnabled),
            ("modifiedMilliseconds", mapping.LastModified.ToUnixTimeMilliseconds()),
        ];
        if (mapping.Start is { } start)
        {
            attributes.Add(("start", start.ToString()));
        }

        return Item.Of([.. attributes]);
    }

    internal static EventSourceMapping Read(Item item) => new()
    {
        Uuid = item[Partition].AsString(),
        Revision = item[Revision].AsInt64(),
        EventSourceArn = item["stream"].AsString(),
        FunctionArn = item["function"].AsString(),
        StartingPosition = Enum.Parse<StreamStart>(item["starting"].AsString()),
        BatchSize = (int)item["batchSize"].AsInt64(),
        BatchingWindowSeconds = (int)item["windowSeconds"].AsInt64(),
        ParallelizationFactor = (int)item["factor"].AsInt64(),
        RecordAgeMaxSeconds = (int)item["recordAgeMaxSeconds"].AsInt64(),
        RetryAttemptsMax = (int)item["retryAttemptsMax"].AsInt64(),
        BisectsOnFunctionError = item["bisects"].AsBoolean(),
        ReportsItemFailures = item["reportsItemFailures"].AsBoolean(),
        Filters = [.. item["filters"].AsList().Select(pattern => pattern.AsString())],
        Tags = item["tags"].AsMap().ToImmutableSortedDictionary(tag => tag.Key, tag => tag.Value.AsString(), StringComparer.Ordinal),
        State = Enum.Parse<MappingState>(item["state"].AsString()),
        IsEnabled = item["enabled"].AsBoolean(),
        LastModified = DateTimeOffset.FromUnixTimeMilliseconds(item["modifiedMilliseconds"].AsInt64()),
        Start = item.TryGetValue("start", out var start) ? PositionOf(start) : null,
    };

    internal static ChangePosition PositionOf(AttributeValue text) => ChangePosition.TryParse(text.AsString(), out var position)
        ? position
        : throw new InvalidDataException($"A position of a mapping is damaged: {text.AsString()}");
}
