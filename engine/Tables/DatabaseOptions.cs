namespace Storage.Engine.Tables;

/// <summary>What a database takes from outside: clock, chance, names.</summary>
internal sealed record DatabaseOptions(
    TimeProvider Time, int Seed, int InitialPartitions, string Region, string AccountId)
{
    /// <summary>Least time between two sweeps for what has expired; null: there are none in the background.</summary>
    internal TimeSpan? ExpirySweepPeriod { get; init; }
}
