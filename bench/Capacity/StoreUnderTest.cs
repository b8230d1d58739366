using System.Globalization;
using Storage.Engine;
using Storage.Engine.Files;

namespace Storage.Bench.Capacity;

/// <summary>A store on disk whose files are counted.</summary>
internal sealed class StoreUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan SettlePoll = TimeSpan.FromMilliseconds(500);

    private StoreUnderTest(Storage.Engine.Store store, CountingFiles files)
    {
        Store = store;
        Files = files;
    }

    internal Storage.Engine.Store Store { get; }

    internal CountingFiles Files { get; }

    /// <summary>The memory a command was asked to give the store, bytes.</summary>
    internal static long MemoryBytes(Arguments arguments, long? otherwise = null) =>
        arguments.Text("--memory") is { } text ? ByteText.Parse(text) : otherwise ?? new StoreOptions().MemoryBytes;

    internal static async Task<StoreUnderTest> OpenAsync(string directory, long memoryBytes)
    {
        var files = new CountingFiles(new DiskFiles(directory));
        var options = new StoreOptions { Files = files, MemoryBytes = memoryBytes, Seed = 1 };
        return new StoreUnderTest(await Storage.Engine.Store.OpenAsync(options), files);
    }

    /// <exception cref="InvalidOperationException">The disk has less room than three times the need.</exception>
    internal static void DemandRoom(string directory, long needBytes)
    {
        var free = new DriveInfo(directory).AvailableFreeSpace;
        if (free < 3 * needBytes)
        {
            throw new InvalidOperationException(
                $"{directory} has {ByteText.Megabytes(free)} MB free; three times {ByteText.Megabytes(needBytes)} MB are needed.");
        }
    }

    /// <summary>Waits until no run was written for two seconds, at most a minute.</summary>
    internal async Task SettleAsync()
    {
        var quiet = 0;
        var before = Files.WrittenBytes(FileKind.Run);
        for (var polls = 0; quiet < 4 && polls < 120; polls++)
        {
            await Task.Delay(SettlePoll);
            var now = Files.WrittenBytes(FileKind.Run);
            quiet = now == before ? quiet + 1 : 0;
            before = now;
        }
    }

    internal static string Count(double number) => number.ToString("N0", CultureInfo.InvariantCulture);

    internal static string Fraction(double number) => number.ToString("N2", CultureInfo.InvariantCulture);

    public ValueTask DisposeAsync() => Store.DisposeAsync();
}
