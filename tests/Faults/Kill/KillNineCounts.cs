namespace Storage.Faults.Kill;

/// <summary>What a kill -9 campaign did so far.</summary>
/// <param name="Loops">Servers killed under load.</param>
/// <param name="KilledOpenings">Servers killed while they opened the store.</param>
/// <param name="Writes">Single writes answered.</param>
/// <param name="Transactions">Transactions answered.</param>
/// <param name="InDoubt">Requests in flight when the server was killed.</param>
/// <param name="Replays">Transactions sent again with their token after a restart.</param>
/// <param name="StreamRecords">Records of the stream read, while the server was killed and after.</param>
/// <param name="Expired">Items that expired and were found to be gone.</param>
/// <param name="Manifests">Manifests written: checkpoints and merges.</param>
internal sealed record KillNineCounts(
    int Loops, int KilledOpenings, long Writes, long Transactions, long InDoubt, long Replays, long StreamRecords, long Expired, long Manifests);
