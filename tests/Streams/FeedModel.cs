using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Storage.Tests.Files;
using Storage.Tests.Recovery;
using Xunit;

namespace Storage.Tests.Streams;

/// <summary>A store under random writes, checkpoints, merges, crashes and openings, and readers beside it; what they should see is a list.</summary>
internal sealed class FeedModel(int seed)
{
    private static readonly string[] Tables = ["One", "Two"];

    private readonly Random random = new(seed);
    private readonly FakeTimeProvider time = new();
    private readonly Dictionary<(string Table, int Key), Item> items = [];
    private readonly Dictionary<string, List<string>> changes = Tables.ToDictionary(table => table, _ => new List<string>());
    private readonly List<(string Table, FeedReader Reader)> readers = [];
    private MemoryFiles files = new();
    private FileStore store = null!;

    /// <summary>Runs steps, each of a kind from 1 to 12, and then reads everything.</summary>
    internal async Task RunAsync(int[] steps)
    {
        store = await OpenAsync();
        await store.Store.CreateTableAsync(FileStore.Definition("Plain"));
        foreach (var table in Tables)
        {
            await store.Store.CreateTableAsync(FileStore.Definition(table, stream: true));
        }

        foreach (var step in steps)
        {
            await RunAsync(step);
            time.Advance(TimeSpan.FromSeconds(random.Next(60)));
        }

        foreach (var table in Tables)
        {
            readers.Add((table, new FeedReader(FeedReader.IdOf(store.Store, table), changesMax: 1 + random.Next(20))));
        }

        foreach (var (table, reader) in readers)
        {
            await reader.ToEndAsync(store.Store.Changes);
            Assert.Equal(changes[table], reader.Texts);
            Assert.False(reader.HasMissed);
            Assert.Equal(reader.Changes.Select(change => change.Position).Distinct().Order(), reader.Changes.Select(change => change.Position));
        }

        await store.DisposeAsync();
    }

    private async Task RunAsync(int step)
    {
        switch (step)
        {
            case <= 4:
                for (var i = random.Next(30); i >= 0; i--)
                {
                    await WriteAsync();
                }

                break;
            case 5:
                await TransactAsync();
                break;
            case 6:
                await store.PutAsync("Plain", random.Next(100), random.Next(60));
                break;
            case 7:
                await store.Checkpointer.CheckpointAsync(default);
                break;
            case 8:
                await store.Checkpointer.MergeAsync(default);
                break;
            case 9:
                await store.DisposeAsync();
                store = await OpenAsync();
                break;
            case 10:
                var after = files.Crash(random);
                await store.DisposeAsync();
                files = after;
                store = await OpenAsync();
                break;
            case 11:
                var table = Tables[random.Next(2)];
                readers.Add((table, new FeedReader(FeedReader.IdOf(store.Store, table), changesMax: 1 + random.Next(20))));
                break;
            default:
                foreach (var (_, reader) in readers)
                {
                    await reader.PageAsync(store.Store.Changes);
                }

                break;
        }
    }

    private async Task WriteAsync()
    {
        var (table, key) = (Tables[random.Next(2)], random.Next(40));
        if (random.Next(4) == 0)
        {
            await store.Store.DeleteAsync(table, FileStore.KeyOf(key));
            Note(table, key, null);
        }
        else
        {
            var item = NewItem(key);
            await store.Store.PutAsync(table, item);
            Note(table, key, item);
        }
    }

    private async Task TransactAsync()
    {
        var actions = new List<TransactAction>();
        var first = random.Next(40);
        var noted = new List<(string Table, int Key, Item Item)>();
        for (var key = first; key < first + 1 + random.Next(12); key++)
        {
            var (table, item) = (Tables[random.Next(2)], NewItem(key));
            actions.Add(TransactAction.Put(table, item));
            noted.Add((table, key, item));
        }

        await store.Store.TransactWriteAsync(actions);
        noted.ForEach(note => Note(note.Table, note.Key, note.Item));
    }

    /// <summary>Of few texts, so that some puts change nothing.</summary>
    private Item NewItem(int key) => FileStore.ItemOf(key, random.Next(3) switch { 0 => "a", 1 => "b", _ => new string('c', random.Next(2) * 700) });

    private void Note(string table, int key, Item? item)
    {
        var before = items.GetValueOrDefault((table, key));
        if (item is not null && !item.Equals(before))
        {
            changes[table].Add(FeedReader.Text(before is null ? "INSERT" : "MODIFY", before, item));
            items[(table, key)] = item;
        }
        else if (item is null && before is not null)
        {
            changes[table].Add(FeedReader.Text("REMOVE", before, null));
            items.Remove((table, key));
        }
    }

    private Task<FileStore> OpenAsync() =>
        FileStore.OpenAsync(files, FileStore.Small with { StreamTailBytes = random.Next(3) * 1500 }, time);
}
