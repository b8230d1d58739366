using System.Text.Json;
using Storage.Engine.Model;

namespace Storage.Engine;

/// <summary>One record of a stream.</summary>
public sealed class StreamRecord
{
    internal StreamRecord()
    {
    }

    /// <summary>Where the record lies; its text is the SequenceNumber. Read on behind it.</summary>
    public ChangePosition Position => throw new NotImplementedException();

    /// <summary>What happened.</summary>
    public ItemChangeKind Kind => throw new NotImplementedException();

    /// <summary>When it happened, by the store's clock.</summary>
    public DateTimeOffset Time => throw new NotImplementedException();

    /// <summary>The partition key's value in the engine's encoding: equal keys have equal bytes. For lanes.</summary>
    public ReadOnlyMemory<byte> PartitionKey => throw new NotImplementedException();

    /// <summary>SizeBytes of the record: keys and the images that the view shows.</summary>
    public int SizeBytes => throw new NotImplementedException();

    /// <summary>
    /// Writes the record as Lambda gets it, one object: eventID, eventName, eventVersion, eventSource, awsRegion, dynamodb,
    /// eventSourceARN and, when it expired, userIdentity.
    /// </summary>
    public void WriteJson(Utf8JsonWriter json) => throw new NotImplementedException();
}
