using Storage.Engine.Streams;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>A store that is open: its database, the feed of its changes and, on disk, what keeps its files in order. Closed as a whole.</summary>
internal sealed class OpenedStore(Database database, ChangeFeed changes, Checkpointer? checkpointer) : IAsyncDisposable
{
    internal Database Database { get; } = database;

    internal ChangeFeed Changes { get; } = changes;

    /// <summary>Null for a store in memory only.</summary>
    internal Checkpointer? Checkpointer { get; } = checkpointer;

    /// <summary>Once: the store that owns it sees to that.</summary>
    public async ValueTask DisposeAsync()
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
