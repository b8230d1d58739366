using System.Collections.Immutable;
using Storage.Engine.Model;

namespace Storage.Engine.Tables;

/// <summary>A table as the catalog keeps it: its definition and what the store assigned.</summary>
internal sealed record StoredTable
{
    internal required TableDefinition Definition { get; init; }

    /// <summary>First four bytes of the table's keys; never reused.</summary>
    internal required uint Id { get; init; }

    /// <summary>AWS's TableId, a UUID.</summary>
    internal required Guid TableId { get; init; }

    /// <summary>Microseconds since 1970-01-01 UTC.</summary>
    internal required long CreatedMicros { get; init; }

    internal required uint FirstPartitionId { get; init; }

    internal required int PartitionCount { get; init; }

    /// <summary>One for each of the definition's indexes, in the same order.</summary>
    internal required ImmutableArray<StoredIndex> Indexes { get; init; }

    /// <summary>The hidden index of expiry times; null without <see cref="TableDefinition.TimeToLive"/>.</summary>
    internal StoredIndex? Expiry { get; init; }

    /// <summary>When the stream was switched on, microseconds; its label in ARNs. 0 without one.</summary>
    internal long StreamLabelMicros { get; init; }

    /// <summary>
    /// The stream's changes lie behind this record. 0 for a stream of a build that did not note it, and without one.
    /// </summary>
    internal long StreamSinceLsn { get; init; }

    /// <summary>When the billing mode became on-demand, microseconds; 0 when it never did.</summary>
    internal long OnDemandSinceMicros { get; init; }

    /// <summary>The table with one of its indexes filled.</summary>
    internal StoredTable WithActive(StoredIndex index)
    {
        var active = index with { Status = IndexStatus.Active };
        return index == Expiry ? this with { Expiry = active } : this with { Indexes = Indexes.Replace(index, active) };
    }
}

/// <summary>What the store assigned to an index.</summary>
internal sealed record StoredIndex(uint Id, uint FirstPartitionId, int PartitionCount, IndexStatus Status);
