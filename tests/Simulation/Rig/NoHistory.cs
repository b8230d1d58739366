using Storage.Engine.Log;
using Storage.Engine.Partitions;
using Storage.Engine.Streams;

namespace Storage.Simulation.Rig;

/// <summary>The history of a store that was killed before it had a manifest.</summary>
internal sealed class NoHistory(LogPosition start) : IStreamHistory
{
    public LogPosition Checkpoint => start;

    public long TrimmedLsn => 0;

    public RunSet Acquire() => RunSet.Empty;
}
