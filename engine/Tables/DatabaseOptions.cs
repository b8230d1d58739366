namespace Storage.Engine.Tables;

/// <summary>What a database takes from outside: clock, chance, names.</summary>
internal sealed record DatabaseOptions(
    TimeProvider Time, int Seed, int InitialPartitions, string Region, string AccountId);
