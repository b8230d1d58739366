namespace Storage.Simulation.Rig;

/// <summary>What an opening found.</summary>
/// <param name="Lsn">The last record.</param>
/// <param name="Digest">Of all tables and indexes.</param>
/// <param name="CheckpointLsn">The last record that runs hold; history files hold the changes up to it that streams need.</param>
/// <param name="HistoryDigest">Of those changes.</param>
internal readonly record struct FoundContent(long Lsn, ulong Digest, long CheckpointLsn, ulong HistoryDigest);
