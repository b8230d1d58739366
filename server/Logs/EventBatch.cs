using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Storage.Engine;
using Storage.Server.Contracts;

namespace Storage.Server.Logs;

/// <summary>
/// The lines of one append whose times lie in one window of ten seconds, as items. Windows do not overlap, so reading them
/// in key order and sorting within each gives all events of a stream by time, however they came. An item's value is a part
/// of: time (8 bytes), length (4 bytes), UTF-8, for each line; parts of one batch go into one transaction.
/// </summary>
internal static class EventBatch
{
    internal const long WindowMillis = 10_000;

    private const int BatchBytesMax = 256 * 1024;
    private const int PartBytesMax = 256 * 1024;
    private const int LineHeaderBytes = sizeof(long) + sizeof(int);
    private const int WindowLength = 20;
    private const int SequenceLength = 20;

    internal static string PartitionKeyOf(string streamId) => "events:" + streamId;

    /// <summary>The first sort key of the window that a time lies in.</summary>
    internal static string KeyOf(long millis) => (millis - (millis % WindowMillis)).ToString("D20", CultureInfo.InvariantCulture);

    /// <summary>Greater than all sort keys of that time's window.</summary>
    internal static string KeyBehind(long millis) => KeyOf(millis) + "~";

    /// <summary>The window's part of a sort key.</summary>
    internal static string WindowOf(Item item) => item["sk"].AsString()[..WindowLength];

    /// <summary>Makes the items of lines in the order of their times: lists that must be written together, each of one batch.</summary>
    internal static IEnumerable<IReadOnlyList<Item>> Write(
        string streamId, long sequence, long ingestedMillis, int? retentionDays, IReadOnlyList<LogLine> lines)
    {
        var batch = new List<(long Millis, byte[] Text)>();
        var bytes = 0;
        foreach (var line in lines)
        {
            var millis = line.Time.ToUnixTimeMilliseconds();
            var text = Encoding.UTF8.GetBytes(line.Message);
            if (batch.Count > 0
                && (batch[0].Millis / WindowMillis != millis / WindowMillis || bytes + text.Length + LineHeaderBytes > BatchBytesMax))
            {
                yield return ItemsOf(streamId, sequence++, ingestedMillis, retentionDays, batch, bytes);
                batch = [];
                bytes = 0;
            }

            batch.Add((millis, text));
            bytes += text.Length + LineHeaderBytes;
        }

        if (batch.Count > 0)
        {
            yield return ItemsOf(streamId, sequence, ingestedMillis, retentionDays, batch, bytes);
        }
    }

    /// <summary>The events of a window's items, in order.</summary>
    internal static List<LogEvent> Read(IEnumerable<Item> window)
    {
        var events = new List<LogEvent>();
        foreach (var batch in window.GroupBy(SequenceOf))
        {
            var parts = batch.OrderBy(part => part["sk"].AsString(), StringComparer.Ordinal).ToList();
            var ingested = parts[0]["in"].AsInt64();
            using var joined = new MemoryStream();
            foreach (var part in parts)
            {
                joined.Write(part["lines"].AsBinary().Span);
            }

            ReadOnlySpan<byte> rest = joined.GetBuffer().AsSpan(0, (int)joined.Length);
            for (var index = 0; !rest.IsEmpty; index++)
            {
                var millis = BinaryPrimitives.ReadInt64LittleEndian(rest);
                var length = BinaryPrimitives.ReadInt32LittleEndian(rest[sizeof(long)..]);
                var text = Encoding.UTF8.GetString(rest.Slice(LineHeaderBytes, length));
                events.Add(new LogEvent(new EventPosition(millis, batch.Key, index), ingested, text));
                rest = rest[(LineHeaderBytes + length)..];
            }
        }

        events.Sort((one, other) => one.Position.CompareTo(other.Position));
        return events;
    }

    /// <summary>When an item may go, seconds since 1970: its youngest line is older than the group keeps any.</summary>
    internal static long TimeToLive(string window, int retentionDays) =>
        ((long.Parse(window, NumberStyles.None, CultureInfo.InvariantCulture) + WindowMillis) / 1000) + (retentionDays * 86_400L);

    private static long SequenceOf(Item item) => long.Parse(
        item["sk"].AsString().AsSpan(WindowLength + 1, SequenceLength), NumberStyles.None, CultureInfo.InvariantCulture);

    private static List<Item> ItemsOf(
        string streamId, long sequence, long ingestedMillis, int? retentionDays, List<(long Millis, byte[] Text)> batch, int bytes)
    {
        var lines = new byte[bytes];
        var written = 0;
        foreach (var (millis, text) in batch)
        {
            BinaryPrimitives.WriteInt64LittleEndian(lines.AsSpan(written), millis);
            BinaryPrimitives.WriteInt32LittleEndian(lines.AsSpan(written + sizeof(long)), text.Length);
            text.CopyTo(lines, written + LineHeaderBytes);
            written += LineHeaderBytes + text.Length;
        }

        var window = KeyOf(batch[0].Millis);
        var items = new List<Item>();
        for (var start = 0; start < lines.Length; start += PartBytesMax)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"{window}#{sequence:D20}#{items.Count:D4}");
            var attributes = new List<(string, AttributeValue)>
            {
                ("pk", PartitionKeyOf(streamId)),
                ("sk", key),
                ("in", ingestedMillis),
                ("lines", lines[start..Math.Min(lines.Length, start + PartBytesMax)]),
            };
            if (retentionDays is { } days)
            {
                attributes.Add((LogTable.TimeToLive, TimeToLive(window, days)));
            }

            items.Add(Item.Of([.. attributes]));
        }

        return items;
    }
}
