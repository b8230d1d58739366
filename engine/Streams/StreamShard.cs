using System.Globalization;

namespace Storage.Engine.Streams;

/// <summary>A shard of a table's stream: one for each partition of the table, as long as the stream lives.</summary>
internal static class StreamShard
{
    /// <summary>
    /// The shard's id: the stream's label in microseconds since 1970-01-01 UTC, 20 digits, and the partition, 8 hex
    /// digits. Streams that follow each other on one table share no shard.
    /// </summary>
    internal static string IdOf(long labelMicros, uint partitionId) =>
        string.Create(CultureInfo.InvariantCulture, $"shardId-{labelMicros:D20}-{partitionId:x8}");

    /// <summary>Reads the label and the partition out of a shard's id.</summary>
    internal static bool TryParse(ReadOnlySpan<char> shardId, out long labelMicros, out uint partitionId)
    {
        labelMicros = 0;
        partitionId = 0;
        return shardId.Length == 37
            && shardId.StartsWith("shardId-")
            && shardId[28] == '-'
            && long.TryParse(shardId.Slice(8, 20), NumberStyles.None, CultureInfo.InvariantCulture, out labelMicros)
            && uint.TryParse(shardId[29..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out partitionId)
            && shardId.SequenceEqual(IdOf(labelMicros, partitionId));
    }
}
