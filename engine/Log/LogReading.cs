namespace Storage.Engine.Log;

/// <summary>
/// Feeds the records from a place in a log up to one that is durable to a sink. Throws IOException when the files cannot
/// be read, InvalidDataException when they are damaged, and either when what is wanted was trimmed.
/// </summary>
internal delegate void LogReading(in LogPosition from, long untilLsn, IRecordSink sink);
