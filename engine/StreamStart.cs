namespace Storage.Engine;

/// <summary>Where a reader of a stream begins.</summary>
public enum StreamStart
{
    /// <summary>TRIM_HORIZON: with the oldest record that is kept.</summary>
    TrimHorizon,

    /// <summary>LATEST: behind the newest record.</summary>
    Latest,
}
