using Storage.Engine.Log;
using Storage.Engine.Partitions;

namespace Storage.Engine.Recovery;

/// <summary>
/// What makes up a store: which runs, newest first, hold the state up to which place in the log, and which history
/// files still hold the changes from before it. Everything behind that place is in the log.
/// </summary>
/// <param name="Store">Identity of the store and of its log; every file names it.</param>
/// <param name="Sequence">One more with every manifest.</param>
/// <param name="Position">The checkpoint: the runs hold all up to here, and replay begins here.</param>
/// <param name="NextFileNumber">No file has this number or a higher one.</param>
/// <param name="Runs">Newest first.</param>
/// <param name="History">Newest first.</param>
internal sealed record Manifest(
    Guid Store, long Sequence, LogPosition Position, long NextFileNumber, IReadOnlyList<RunInfo> Runs, IReadOnlyList<RunInfo> History)
{
    /// <summary>The last record with a change for streams that the history had and, being too old, has no more; 0: none.</summary>
    internal long TrimmedLsn { get; init; }
}
