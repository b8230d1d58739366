namespace Storage.Engine.Log;

/// <summary>
/// Sees the records of a log while they are appended, in LSN order, so that they need not be read back. Whatever it does
/// holds all appenders: it copies what it needs and returns.
/// </summary>
internal interface ILogFollower
{
    /// <summary>
    /// False when nothing of the record matters. Called by several appenders at once; a log without files lets those pass
    /// each other whose records nobody wants.
    /// </summary>
    bool Wants(RecordBuilder record);

    /// <summary>
    /// A record was appended; it is not durable yet. One call at a time, before anyone can learn that the record is there.
    /// <paramref name="end"/> is the place behind it; a log without files knows of it the LSN and the time only.
    /// </summary>
    void NoteAppended(in LogPosition end, RecordBuilder record);

    /// <summary>All records up to here are durable now. Called by the thread that makes them so.</summary>
    void NoteDurable(long lsn);
}
