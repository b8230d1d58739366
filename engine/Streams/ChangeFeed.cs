using Storage.Engine.Model;

namespace Storage.Engine.Streams;

/// <summary>
/// The changes of tables with a stream from any position on: history files, then the log, then what becomes durable.
/// Writers know nothing of readers: a slow one reads the log again and holds nobody.
/// </summary>
internal sealed class ChangeFeed : IAsyncDisposable
{
    /// <summary>Everything up to here has become durable and can be read.</summary>
    internal ChangePosition End => throw new NotImplementedException();

    /// <summary>
    /// The oldest changes still kept of a table lie behind this; a reader before it has lost some
    /// (TrimmedDataAccessException in the API).
    /// </summary>
    internal ChangePosition TrimHorizon(uint tableId) => throw new NotImplementedException();

    /// <summary>
    /// Reads changes of a table behind a position. Bounded work: a page may be empty though more follows.
    /// <paramref name="partitionId"/> limits them to one shard. Waits for the disk only, never for new changes.
    /// </summary>
    /// <exception cref="InvalidDataException">What is kept is damaged; the text says where.</exception>
    internal ValueTask<StreamPage> ReadAsync(
        uint tableId, uint? partitionId, ChangePosition after, int changesMax, int bytesMax, CancellationToken cancellation) =>
        throw new NotImplementedException();

    /// <summary>Completes when there may be a durable change of the table behind that position, at once if there is.</summary>
    internal ValueTask WaitAsync(uint tableId, ChangePosition after, CancellationToken cancellation) =>
        throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
