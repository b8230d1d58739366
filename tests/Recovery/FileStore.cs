using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Partitions;
using Storage.Engine.Recovery;
using Storage.Tests.Files;

namespace Storage.Tests.Recovery;

/// <summary>A store on files in memory, with small pages and blocks; checkpoints and merges happen when the test asks.</summary>
internal sealed class FileStore : IAsyncDisposable
{
    internal static readonly CheckpointOptions Small = new()
    {
        CheckpointMemoryBytes = 16 * 1024 * 1024,
        MemoryBytesMax = 24 * 1024 * 1024,
        CacheBytes = 64 * 1024,
        Layout = new RunLayout(512, 128),
        MergeRuns = 3,
        InBackground = false,
    };

    private FileStore(MemoryFiles files, Engine.Store store)
    {
        Files = files;
        Store = store;
    }

    internal MemoryFiles Files { get; }

    internal Engine.Store Store { get; }

    internal Checkpointer Checkpointer => Store.Checkpointer!;

    internal Manifest Manifest => Checkpointer.Live.Current;

    internal int Segments => Files.List().Count(name => name.EndsWith(".log", StringComparison.Ordinal));

    internal static async Task<FileStore> OpenAsync(MemoryFiles files, CheckpointOptions? checkpoints = null, FakeTimeProvider? time = null)
    {
        var store = await Engine.Store.OpenAsync(new StoreOptions
        {
            Files = files,
            Seed = 3,
            InitialPartitions = 2,
            Time = time ?? new FakeTimeProvider(),
            Log = new LogOptions { PageSizeBits = 12, SegmentSizeBits = 14, UndurableBytesMax = 8 * 1024, InstanceId = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff") },
            Checkpoints = checkpoints ?? Small,
        });
        return new FileStore(files, store);
    }

    public ValueTask DisposeAsync() => Store.DisposeAsync();

    /// <summary>Partition key P, sort key N, a global index on G.</summary>
    internal static TableDefinition Definition(string name, bool stream = false) => new()
    {
        Name = name,
        Key = new KeySchema(new KeyAttribute("P", AttributeType.S), new KeyAttribute("N", AttributeType.N)),
        Indexes = [new IndexDefinition { Name = "ByG", Key = new KeySchema(new KeyAttribute("G", AttributeType.S)) }],
        Stream = stream ? StreamViewType.NewAndOldImages : null,
    };

    internal static Item ItemOf(int n, string text = "some text that fills a little of the log") =>
        Item.Of(("P", $"p{n % 7}"), ("N", n), ("G", $"g{n % 5}"), ("Text", text));

    internal static Item KeyOf(int n) => Item.Of(("P", $"p{n % 7}"), ("N", n));

    internal async Task PutAsync(string table, int from, int count, string text = "some text that fills a little of the log")
    {
        for (var n = from; n < from + count; n++)
        {
            await Store.PutAsync(table, ItemOf(n, text));
        }
    }

    /// <summary>Everything that a client sees: items, index entries and counts, as text.</summary>
    internal async Task<string> ContentAsync()
    {
        var lines = new List<string>();
        foreach (var name in await Store.ListTablesAsync())
        {
            var table = Store.Database.Catalog.Find(name)!;
            lines.Add($"{name}: {table.ItemCount} items, {table.SizeBytes} bytes");
            await foreach (var item in Store.ScanAsync(name))
            {
                lines.Add($"  {item}");
            }

            foreach (var index in table.Indexes)
            {
                lines.Add($" {index.Definition.Name}: {index.ItemCount} items, {index.SizeBytes} bytes");
                await foreach (var item in Store.ScanAsync(name, new ScanOptions { Index = index.Definition.Name }))
                {
                    lines.Add($"  {item}");
                }
            }
        }

        return string.Join('\n', lines);
    }
}
