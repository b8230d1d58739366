namespace Storage.Engine.Partitions;

/// <summary>What the manifest knows of a run; a file that says otherwise of itself is not that run.</summary>
/// <param name="Number">Of the file, unique in a store and never used again.</param>
/// <param name="Level">0 from a checkpoint, one more than its inputs from a merge.</param>
/// <param name="FirstLsn">First record whose changes it may hold.</param>
/// <param name="LastLsn">Last one.</param>
/// <param name="LengthBytes">Of the file.</param>
/// <param name="EntryCount">Entries, removals included.</param>
/// <param name="RemovalCount">Entries that say that a key is gone.</param>
/// <param name="LastTimeMicros">Time of the newest change, microseconds since 1970-01-01 UTC.</param>
/// <param name="Checksum">Of the footer.</param>
internal sealed record RunInfo(
    long Number, int Level, long FirstLsn, long LastLsn, long LengthBytes, long EntryCount, long RemovalCount, long LastTimeMicros, ulong Checksum);
