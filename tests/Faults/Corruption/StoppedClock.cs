namespace Storage.Faults.Corruption;

/// <summary>A clock that stands where it was put.</summary>
internal sealed class StoppedClock : TimeProvider
{
    internal DateTimeOffset Now { get; set; } = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
