using Storage.Engine.Log;
using Storage.Engine.Streams;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>Folds a log's records into the state while the store opens, and shows them to the feed of changes.</summary>
internal sealed class ReplaySink(ChangeApplier applier, ChangeTail tail) : IRecordSink
{
    /// <inheritdoc />
    public void Apply(in LogRecord record)
    {
        applier.Apply(record);
        tail.Apply(record);
    }
}
