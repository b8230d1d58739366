using System.Text.Json;
using Storage.Engine.Api;
using Storage.Engine.Model;
using Storage.Engine.Streams;

namespace Storage.Engine;

/// <summary>One record of a stream.</summary>
public sealed class StreamRecord
{
    private readonly StreamEntry entry;
    private readonly string region;

    internal StreamRecord(in StreamEntry entry, string region)
    {
        this.entry = entry;
        this.region = region;
    }

    /// <summary>Where the record lies; its text is the SequenceNumber. Read on behind it.</summary>
    public ChangePosition Position => entry.Change.Position;

    /// <summary>What happened.</summary>
    public ItemChangeKind Kind =>
        entry.Change.NewImage.IsEmpty ? ItemChangeKind.Remove
        : entry.Change.OldImage.IsEmpty ? ItemChangeKind.Insert
        : ItemChangeKind.Modify;

    /// <summary>When it happened, by the store's clock.</summary>
    public DateTimeOffset Time => DateTimeOffset.UnixEpoch.AddMicroseconds(entry.Change.TimeMicros);

    /// <summary>The partition key's value in the engine's encoding: equal keys have equal bytes. For lanes.</summary>
    public ReadOnlyMemory<byte> PartitionKey => entry.PartitionKey;

    /// <summary>SizeBytes of the record: keys and the images that the view shows.</summary>
    public int SizeBytes => entry.SizeBytes;

    /// <summary>
    /// Writes the record as Lambda gets it, one object: eventID, eventName, eventVersion, eventSource, awsRegion, dynamodb,
    /// eventSourceARN and, when the item expired, userIdentity.
    /// </summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        StreamRecordWriter.WriteEvent(json, entry, region);
    }
}
