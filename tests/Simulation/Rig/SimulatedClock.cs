namespace Storage.Simulation.Rig;

/// <summary>A clock that stands still unless told to move.</summary>
internal sealed class SimulatedClock : TimeProvider
{
    private long ticks = new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.Zero).Ticks;

    internal DateTimeOffset Now
    {
        get => new(Volatile.Read(ref ticks), TimeSpan.Zero);
        set => Volatile.Write(ref ticks, value.UtcTicks);
    }

    public override DateTimeOffset GetUtcNow() => Now;

    internal void Advance(TimeSpan by) => Interlocked.Add(ref ticks, by.Ticks);
}
