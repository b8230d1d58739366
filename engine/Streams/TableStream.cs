using System.Globalization;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Streams;

/// <summary>A stream that can be read: the one that a table has, or a former one.</summary>
internal sealed class TableStream
{
    private const string LabelFormat = "yyyy-MM-dd'T'HH:mm:ss.fff";

    private readonly long labelMicros;
    private readonly uint firstPartitionId;

    private TableStream(string arnPrefix, string tableName, long labelMicros, uint firstPartitionId)
    {
        this.labelMicros = labelMicros;
        this.firstPartitionId = firstPartitionId;
        TableName = tableName;
        Label = LabelOf(labelMicros);
        Arn = $"{arnPrefix}:table/{tableName}/stream/{Label}";
    }

    internal string Arn { get; }

    internal string TableName { get; }

    /// <summary>When it was switched on, as AWS writes it in ARNs; to the millisecond.</summary>
    internal string Label { get; }

    /// <summary>When it was switched on, microseconds since 1970-01-01 UTC.</summary>
    internal long CreatedMicros => labelMicros;

    internal required uint TableId { get; init; }

    internal required KeySchema Key { get; init; }

    internal required StreamViewType View { get; init; }

    /// <summary>One for each partition of the table.</summary>
    internal required int ShardCount { get; init; }

    /// <summary>Its changes lie behind this.</summary>
    internal required ChangePosition Since { get; init; }

    /// <summary>The last record that can have a change of it; null while it is enabled.</summary>
    internal required long? UntilLsn { get; init; }

    internal bool IsEnabled => UntilLsn is null;

    /// <summary>
    /// The first sequence number a shard could have. The whole stream's: a shard's own would be that of a record, which
    /// is trimmed one day.
    /// </summary>
    internal ChangePosition StartingPosition => new(Since.Lsn + 1, 0);

    /// <summary>Behind every record of a shard, and not before <see cref="StartingPosition"/>; null while enabled.</summary>
    internal ChangePosition? EndingPosition => UntilLsn is { } lsn ? new ChangePosition(lsn + 1, 0) : null;

    /// <param name="arnPrefix">Up to the account.</param>
    /// <param name="table">A table with a stream.</param>
    internal static TableStream Of(string arnPrefix, StoredTable table) =>
        new(arnPrefix, table.Definition.Name, table.StreamLabelMicros, table.FirstPartitionId)
        {
            TableId = table.Id,
            Key = table.Definition.Key,
            View = table.Definition.Stream!.Value,
            ShardCount = table.PartitionCount,
            Since = ChangePosition.EndOf(table.StreamSinceLsn),
            UntilLsn = null,
        };

    internal static TableStream Of(string arnPrefix, FormerStream former) =>
        new(arnPrefix, former.TableName, former.LabelMicros, former.FirstPartitionId)
        {
            TableId = former.TableId,
            Key = former.Key,
            View = former.View,
            ShardCount = former.PartitionCount,
            Since = ChangePosition.EndOf(former.SinceLsn),
            UntilLsn = former.UntilLsn,
        };

    /// <summary>A label as text.</summary>
    internal static string LabelOf(long labelMicros) =>
        DateTime.UnixEpoch.AddMicroseconds(labelMicros).ToString(LabelFormat, CultureInfo.InvariantCulture);

    /// <summary>The partition of a shard, in the order of the shards' ids.</summary>
    internal uint PartitionOf(int shard) => firstPartitionId + (uint)shard;

    internal string ShardIdOf(int shard) => ShardIdOfPartition(PartitionOf(shard));

    internal string ShardIdOfPartition(uint partitionId) => StreamShard.IdOf(labelMicros, partitionId);

    internal bool HasPartition(uint partitionId) => partitionId - firstPartitionId < (uint)ShardCount;

    /// <summary>Finds a shard by its id.</summary>
    internal bool TryFindShard(string shardId, out uint partitionId) =>
        StreamShard.TryParse(shardId, out var label, out partitionId) && label == labelMicros && HasPartition(partitionId);
}
