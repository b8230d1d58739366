using Storage.Engine.Streams;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>A store that is open: its database, the feed of its changes and, on disk, what keeps its files in order. Closed as a whole.</summary>
internal sealed class OpenedStore(Database database, ChangeFeed changes, Checkpointer? checkpointer) : IAsyncDisposable
{
    private readonly Lock closing = new();
    private Task? closed;

    internal Database Database { get; } = database;

    internal ChangeFeed Changes { get; } = changes;

    /// <summary>Null for a store in memory only.</summary>
    internal Checkpointer? Checkpointer { get; } = checkpointer;

    /// <summary>Whoever calls again waits for the same.</summary>
    public ValueTask DisposeAsync()
    {
        lock (closing)
        {
            return new ValueTask(closed ??= CloseAsync());
        }
    }

    private async Task CloseAsync()
    {
        await Changes.DisposeAsync().ConfigureAwait(false);
        if (Checkpointer is not null)
        {
            await Checkpointer.DisposeAsync().ConfigureAwait(false);
        }

        await Database.DisposeAsync().ConfigureAwait(false);
        Checkpointer?.Live.Dispose();
        Checkpointer?.Live.Cache.Dispose();
    }
}
