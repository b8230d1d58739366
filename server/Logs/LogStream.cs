using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Storage.Engine;

namespace Storage.Server.Logs;

/// <summary>A log stream as it is stored. Times are milliseconds since 1970; those of events are null without any.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">New at every creation; its events lie under it.</param>
/// <param name="CreatedMillis">When it was made.</param>
internal sealed record LogStream(string Name, string Id, long CreatedMillis)
{
    /// <summary>Counts appends: the order among lines of one time.</summary>
    internal long Sequence { get; init; }

    internal long? FirstMillis { get; init; }

    internal long? LastMillis { get; init; }

    internal long? IngestedMillis { get; init; }

    internal long StoredBytes { get; init; }

    /// <summary>
    /// The id of an event, 56 digits as those of CloudWatch: time, stream, place in the stream. Who follows a group's streams
    /// tells events apart by it, and two streams have events of one time at one place.
    /// </summary>
    internal string EventIdOf(EventPosition position) => string.Create(
        CultureInfo.InvariantCulture, $"{position.Millis:D14}{Number:D18}{position.Sequence:D19}{position.Index:D5}");

    /// <summary>Eighteen digits for the stream's id.</summary>
    private ulong Number { get; } =
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(Id))) % 1_000_000_000_000_000_000;

    internal static string PartitionKeyOf(string groupId) => "streams:" + groupId;

    internal static Item KeyOf(string groupId, string name) => Item.Of(("pk", PartitionKeyOf(groupId)), ("sk", name));

    internal static LogStream Read(Item item)
    {
        return new LogStream(item["sk"].AsString(), item["id"].AsString(), item["created"].AsInt64())
        {
            Sequence = item["seq"].AsInt64(),
            FirstMillis = Optional("first"),
            LastMillis = Optional("last"),
            IngestedMillis = Optional("ingested"),
            StoredBytes = item["bytes"].AsInt64(),
        };

        long? Optional(string name) => item.TryGetValue(name, out var value) ? value.AsInt64() : null;
    }

    internal Item ToItem(string groupId)
    {
        var attributes = new List<(string, AttributeValue)>
        {
            ("pk", PartitionKeyOf(groupId)), ("sk", Name), ("id", Id), ("created", CreatedMillis), ("seq", Sequence), ("bytes", StoredBytes),
        };
        Add("first", FirstMillis);
        Add("last", LastMillis);
        Add("ingested", IngestedMillis);
        return Item.Of([.. attributes]);

        void Add(string name, long? value)
        {
            if (value is { } there)
            {
                attributes.Add((name, there));
            }
        }
    }
}
