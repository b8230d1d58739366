namespace Storage.Engine.Log;

/// <summary>How a log is opened.</summary>
internal sealed record LogOptions
{
    internal TimeProvider Time { get; init; } = TimeProvider.System;
}
