namespace Storage.Server.Lambda.EventSources;

/// <summary>A mapping as its workers follow it, until the next one replaces it.</summary>
internal sealed class MappingPlan(EventSourceMapping mapping)
{
    private readonly TaskCompletionSource replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal EventSourceMapping Mapping => mapping;

    internal EventFilter Filter { get; } = EventFilter.Of(mapping.Filters);

    internal TimeSpan Window => TimeSpan.FromSeconds(mapping.BatchingWindowSeconds);

    /// <summary>Completes when the mapping was updated: who waits, looks again.</summary>
    internal Task Replaced => replaced.Task;

    internal void Replace() => replaced.TrySetResult();
}
