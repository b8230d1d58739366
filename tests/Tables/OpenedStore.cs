using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Tests.Tables;

/// <summary>A store on a <see cref="ReplayLog"/>, with its state and its clock at hand; <see cref="Reopen"/> folds the log again.</summary>
internal sealed class OpenedStore : IAsyncDisposable
{
    private OpenedStore(DatabaseState state, ReplayLog log, FakeTimeProvider time)
    {
        State = state;
        Log = log;
        Time = time;
        Store = new Engine.Store(
            new StoreOptions { Time = time },
            new Engine.Recovery.OpenedStore(
                new Database(state, log, new DatabaseOptions(time, 1, 2, "us-east-1", "123456789012")),
                Engine.Streams.ChangeFeed.InMemory(new Engine.Log.MemoryLog(time), time), // of nothing: nobody follows the log above
                null),
            null);
    }

    internal DatabaseState State { get; }

    internal ReplayLog Log { get; }

    internal FakeTimeProvider Time { get; }

    internal Engine.Store Store { get; }

    internal Database Database => Store.Database;

    public ValueTask DisposeAsync() => Store.DisposeAsync();

    internal static OpenedStore Empty() => new(new DatabaseState(), new ReplayLog(), new FakeTimeProvider());

    /// <summary>A store on a state that was made elsewhere.</summary>
    internal static OpenedStore On(DatabaseState state, ReplayLog log, FakeTimeProvider time) => new(state, log, time);

    /// <summary>As after a power failure: the same log folded into a new state.</summary>
    internal OpenedStore Reopen() => new(Log.Replay(), Log, Time);

    internal Table Table(string name) => State.Catalog.Find(name)!;

    /// <summary>Partition key P, sort key S, both strings; indexes as given.</summary>
    internal static TableDefinition Definition(string name, params IndexDefinition[] indexes) => new()
    {
        Name = name,
        Key = new KeySchema(new KeyAttribute("P", AttributeType.S), new KeyAttribute("S", AttributeType.S)),
        Indexes = [.. indexes],
    };

    /// <summary>A global index with partition key <paramref name="attribute"/>, a string.</summary>
    internal static IndexDefinition Index(string name, string attribute, ProjectionType projection = ProjectionType.All) => new()
    {
        Name = name,
        Key = new KeySchema(new KeyAttribute(attribute, AttributeType.S)),
        Projection = projection,
    };

    internal static Item Key(string partition, string sort) => Item.Of(("P", partition), ("S", sort));
}
