namespace Storage.Simulation.Rig;

/// <summary>What an opening found.</summary>
/// <param name="Lsn">The last record.</param>
/// <param name="Digest">Of all tables and indexes.</param>
/// <param name="CheckpointLsn">The last record that runs hold; history files hold the changes up to it that streams need.</param>
/// <param name="HistoryDigest">Of those changes that streams still show.</param>
/// <param name="KeptSinceMicros">The time before which streams show nothing.</param>
/// <param name="Feeds">What each table's stream shows, from its beginning: digest and number of changes.</param>
internal sealed record FoundContent(
    long Lsn, ulong Digest, long CheckpointLsn, ulong HistoryDigest, long KeptSinceMicros, IReadOnlyList<(uint Table, ulong Digest, int Count)> Feeds);
