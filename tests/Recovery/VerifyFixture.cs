using Storage.Engine;
using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Recovery;
using Storage.Engine.Tables;
using Storage.Tests.Files;
using Storage.Tests.Tables;

namespace Storage.Tests.Recovery;

/// <summary>Stores on memory files, of small log pages, and what verifying them says.</summary>
internal static class VerifyFixture
{
    internal const string First = "00000000.log";

    internal static LogOptions SmallLog => new() { PageSizeBits = 13, SegmentSizeBits = 15, BufferPages = 4, UndurableBytesMax = 16 * 1024 };

    internal static Engine.Store Open(MemoryFiles files) => new(
        new StoreOptions(),
        Opening.Open(files, new DatabaseOptions(TimeProvider.System, 1, 2, "us-east-1", "123456789012"), SmallLog),
        null);

    /// <summary>
    /// Two tables, the first with two indexes: items put, changed and removed, one transaction over both, closed.
    /// </summary>
    internal static async Task<MemoryFiles> StoreAsync(int items = 120)
    {
        var files = new MemoryFiles();
        await using var store = Open(files);
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

    internal static Task<VerificationReport> VerifyAsync(IStoreFiles files) => Verify.RunAsync(files, null, CancellationToken.None);

    internal static MemoryFiles Damaged(MemoryFiles files, string name, Action<byte[]> damage)
    {
        var copy = files.Copy();
        var bytes = copy[name].Bytes;
        damage(bytes);
        copy[name].Write(0, bytes);
        return copy;
    }
}
