using Storage.Engine.Model;

namespace Storage.Engine.Tables;

/// <summary>
/// A stream that was switched off, or whose table was deleted: what the catalog keeps of it as long as it can be read.
/// </summary>
internal sealed record FormerStream
{
    internal required string TableName { get; init; }

    /// <summary>The table's id in keys; a later table of that name has another.</summary>
    internal required uint TableId { get; init; }

    internal required KeySchema Key { get; init; }

    internal required uint FirstPartitionId { get; init; }

    internal required int PartitionCount { get; init; }

    /// <summary>When it was switched on, microseconds since 1970-01-01 UTC; its label.</summary>
    internal required long LabelMicros { get; init; }

    internal required StreamViewType View { get; init; }

    /// <summary>Its changes lie behind this record.</summary>
    internal required long SinceLsn { get; init; }

    /// <summary>The last record that can have a change of it.</summary>
    internal required long UntilLsn { get; init; }

    /// <summary>When it was switched off, microseconds since 1970-01-01 UTC.</summary>
    internal required long DisabledMicros { get; init; }

    /// <summary>What a table's stream becomes when it ends with that record.</summary>
    internal static FormerStream Of(StoredTable table, long untilLsn, long nowMicros) => new()
    {
        TableName = table.Definition.Name,
        TableId = table.Id,
        Key = table.Definition.Key,
        FirstPartitionId = table.FirstPartitionId,
        PartitionCount = table.PartitionCount,
        LabelMicros = table.StreamLabelMicros,
        View = table.Definition.Stream!.Value,
        SinceLsn = table.StreamSinceLsn,
        UntilLsn = untilLsn,
        DisabledMicros = nowMicros,
    };

    /// <summary>Whether it can still be read.</summary>
    internal bool IsKeptAt(long nowMicros) => nowMicros - DisabledMicros < (long)Limits.StreamRecordLife.TotalMicroseconds;
}
