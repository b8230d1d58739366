namespace Storage.Engine.Log;

/// <summary>A place in a log behind a whole record: what a scan must know to go on from there.</summary>
/// <param name="Lsn">LSN of the record before it; 0 at the start.</param>
/// <param name="Address">Address behind that record.</param>
/// <param name="Checksum">Of that record; the log's seed at the start.</param>
/// <param name="TimeMicros">Its time.</param>
internal readonly record struct LogPosition(long Lsn, long Address, ulong Checksum, long TimeMicros)
{
    /// <summary>Before the first record of a log.</summary>
    internal static LogPosition Start(in LogGeometry geometry) =>
        new(0, LogGeometry.FirstAddress, unchecked((ulong)geometry.Seed), 0);
}
