using Storage.Engine;
using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Recovery;
using Storage.Tests.Files;
using Xunit;
using OpenedStore = Storage.Tests.Tables.OpenedStore;

namespace Storage.Tests.Recovery;

/// <summary>Stores on memory files, of small log pages, and what verifying them says.</summary>
internal static class VerifyFixture
{
    internal const string First = "00000000.log";

    internal static LogOptions SmallLog => new() { PageSizeBits = 13, SegmentSizeBits = 15, BufferPages = 4, UndurableBytesMax = 16 * 1024 };

    internal static async Task<Engine.Store> OpenAsync(MemoryFiles files, CheckpointOptions? checkpoints = null) =>
        await Engine.Store.OpenAsync(new StoreOptions
        {
            Files = files,
            Seed = 1,
            InitialPartitions = 2,
            Log = SmallLog,
            Checkpoints = checkpoints ?? FileStore.Small with { CheckpointMemoryBytes = 1 << 20, MemoryBytesMax = 1 << 20 },
        });

    /// <summary>
    /// Two tables, the first with two indexes: items put, changed and removed, one transaction over both, closed.
    /// </summary>
    internal static async Task<MemoryFiles> StoreAsync(int items = 120)
    {
        var files = new MemoryFiles();
        await using var store = await OpenAsync(files);
        await store.CreateTableAsync(OpenedStore.Definition(
            "Music", OpenedStore.Index("ByYear", "Year"), OpenedStore.Index("ByLabel", "Label", ProjectionType.KeysOnly)));
        await store.CreateTableAsync(OpenedStore.Definition("Other"));
        for (var i = 0; i < items; i++)
        {
            await store.PutAsync(i % 4 == 3 ? "Other" : "Music", Song(i, i));
        }

        for (var i = 0; i < items; i += 5)
        {
            await store.PutAsync(i % 4 == 3 ? "Other" : "Music", Song(i, i + 7));
        }

        for (var i = 0; i < items; i += 11)
        {
            await store.DeleteAsync(i % 4 == 3 ? "Other" : "Music", Key(i));
        }

        return files;
    }

    internal static Item Key(int number) => OpenedStore.Key($"artist {number % 9}", $"song {number}");

    internal static Item Song(int number, int version) => Item.Of(
        ("P", $"artist {number % 9}"),
        ("S", $"song {number}"),
        ("Year", $"{1960 + (version % 13)}"),
        ("Label", $"label {version % 3}"),
        ("Text", new string((char)('a' + (version % 26)), 100 + (version % 50))));

    /// <summary>
    /// Two tables in three runs, a history file and a tail of the log: items put, changed and removed, one of them in
    /// each of these places.
    /// </summary>
    internal static async Task<MemoryFiles> CheckpointedAsync()
    {
        var files = new MemoryFiles();
        await using var store = await FileStore.OpenAsync(files);
        await store.Store.CreateTableAsync(FileStore.Definition("Things", stream: true));
        await store.Store.CreateTableAsync(FileStore.Definition("More"));
        for (var turn = 0; turn < 4; turn++)
        {
            await store.PutAsync("Things", turn * 20, 60, $"text of turn {turn}");
            await store.PutAsync("More", turn, 15, $"more of turn {turn}");
            for (var n = turn * 20; n < (turn * 20) + 40; n += 7)
            {
                await store.Store.DeleteAsync("Things", FileStore.KeyOf(n));
            }

            if (turn < 3)
            {
                await store.Checkpointer.CheckpointAsync(default);
            }
        }

        return files;
    }

    /// <summary>As after a loss of power: the last record is torn, and the marks that were not synced are lost.</summary>
    internal static MemoryFiles Torn(MemoryFiles files)
    {
        var torn = Damaged(files, First, bytes =>
        {
            bytes.AsSpan(VerifyLogTests.Records(files, First)[^2] + 80).Clear();
            bytes.AsSpan(512, 1024).Clear();
        });
        torn.Delete(DurableWitness.FileName);
        return torn;
    }

    internal static Task<VerificationReport> VerifyAsync(IStoreFiles files) => Verify.RunAsync(files, null, CancellationToken.None);

    internal static MemoryFiles Damaged(MemoryFiles files, string name, Action<byte[]> damage)
    {
        var copy = files.Copy();
        var bytes = copy[name].Bytes;
        damage(bytes);
        copy[name].Write(0, bytes);
        return copy;
    }

    /// <summary>Repairs; the old files must stay as they are and the new store verify clean.</summary>
    internal static async Task<(MemoryFiles Files, RepairResult Result, List<StoreFinding> Findings)> RepairAsync(
        MemoryFiles files, bool takesAll = false)
    {
        var target = new MemoryFiles();
        var findings = new List<StoreFinding>();
        var before = files.List().ToDictionary(name => name, name => files[name].Bytes);
        RepairResult result;
        await using (var store = await Engine.Store.OpenAsync(new StoreOptions { Files = target }))
        {
            result = await Repair.RunAsync(files, store.Database, takesAll, findings.Add, CancellationToken.None);
        }

        Assert.All(before, file => Assert.Equal(file.Value, files[file.Key].Bytes));
        var verified = await VerifyAsync(target);
        Assert.Empty(verified.Findings);
        Assert.NotNull(verified.FoldHash);
        return (target, result, findings);
    }

    internal static async Task RequireSameTablesAsync(MemoryFiles expected, MemoryFiles actual) =>
        Assert.Equal((await VerifyAsync(expected)).Tables, (await VerifyAsync(actual)).Tables);
}
