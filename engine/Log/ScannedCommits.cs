using FASTER.core;

namespace Storage.Engine.Log;

/// <summary>
/// Tells FasterLog where the log ends: where our own scan found it. Writes no commit files, which FasterLog would
/// otherwise create and remove at every commit; what is committed is what the records themselves prove.
/// </summary>
internal sealed class ScannedCommits(long endAddress) : ILogCommitManager
{
    private const long OnlyCommit = 1;

    /// <inheritdoc />
    public void Commit(long beginAddress, long untilAddress, byte[] commitMetadata, long commitNum, bool forceWriteMetadata)
    {
    }

    /// <inheritdoc />
    public byte[] GetCommitMetadata(long commitNum) => new FasterLogRecoveryInfo
    {
        BeginAddress = LogGeometry.FirstAddress,
        UntilAddress = endAddress,
        CommitNum = OnlyCommit,
    }.ToByteArray();

    /// <inheritdoc />
    public IEnumerable<long> ListCommits() => endAddress > LogGeometry.FirstAddress ? [OnlyCommit] : [];

    /// <inheritdoc />
    public void RemoveCommit(long commitNum)
    {
    }

    /// <inheritdoc />
    public void RemoveAllCommits()
    {
    }

    /// <inheritdoc />
    public void OnRecovery(long commitNum)
    {
    }

    public void Dispose()
    {
    }
}
