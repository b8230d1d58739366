using System.Globalization;

namespace Storage.Bench.Capacity;

/// <summary>Bytes written to the disk for each byte a user wrote, under uniformly random puts.</summary>
internal static class AmplificationBench
{
    private const int WritersAtOnce = 64;

    internal static async Task<int> RunAsync(Arguments arguments)
    {
        var gigabytes = Math.Max(1, arguments.Number("--gigabytes", 10, 1000));
        var items = Math.Max(1, arguments.Number("--items", 10_000_000, 1_000_000_000));
        var memory = StoreUnderTest.MemoryBytes(arguments);
        var samples = new SampleItems(1024);
        using var scratch = new ScratchDirectory(arguments.Text("--data"));
        StoreUnderTest.DemandRoom(scratch.FullPath, (long)gigabytes << 30);
        var report = new Report(
            $"Write amplification: uniform puts of {samples.ItemBytes} bytes to {StoreUnderTest.Count(items)} keys, "
            + $"{ByteText.Megabytes(memory)} MB of memory",
            scratch.FullPath,
            "User GB", "Log MB", "Zeros ahead of the log MB", "Checkpoints MB", "Merges, level 1 MB", "level 2 and up MB", "unfinished MB",
            "Written/user", "Device/user", "Stored MB", "Puts/s");
        await using var under = await StoreUnderTest.OpenAsync(scratch.File("store"), memory);
        await under.Store.CreateTableAsync(samples.Definition);
        var deviceBefore = ProcessMemory.DeviceWriteBytes();
        var perGigabyte = (1L << 30) / samples.ItemBytes;
        for (var gigabyte = 1; gigabyte <= gigabytes; gigabyte++)
        {
            var first = (gigabyte - 1) * perGigabyte;
            var took = await Workers.RunAsync(WritersAtOnce, perGigabyte, async number => await under.Store.PutAsync(
                SampleItems.Table, samples.Of(Scatter.Of(first + number, items), (int)(first + number))));
            Add(gigabyte.ToString(CultureInfo.InvariantCulture), gigabyte, StoreUnderTest.Count(perGigabyte / took.TotalSeconds));
        }

        await under.SettleAsync();
        Add($"{gigabytes}, settled", gigabytes, "");
        report.Line("Written counts what the store handed to its files; Device what the kernel says it wrote for the process, file system pages and padding included.");
        report.Finish("amplification", arguments.Has("--save"));
        return 0;

        void Add(string name, int gigabyte, string rate)
        {
            var files = under.Files;
            var user = gigabyte * perGigabyte * samples.ItemBytes;
            var ratio = (double)files.WrittenBytes() / user;
            report.Row(
                name,
                ByteText.Megabytes(files.WrittenBytes(FileKind.Log)),
                ByteText.Megabytes(files.WrittenBytes(FileKind.LogZeros)),
                ByteText.Megabytes(files.RunBytes(0, 0)),
                ByteText.Megabytes(files.RunBytes(1, 1)),
                ByteText.Megabytes(files.RunBytes(2, int.MaxValue)),
                ByteText.Megabytes(files.RunBytes(-1, -1)),
                StoreUnderTest.Fraction(ratio),
                StoreUnderTest.Fraction((double)(ProcessMemory.DeviceWriteBytes() - deviceBefore) / user),
                ByteText.Megabytes(Directory.GetFiles(scratch.File("store")).Sum(path => new FileInfo(path).Length)),
                rate);
            Console.WriteLine($"{name} GB: written/user {StoreUnderTest.Fraction(ratio)}, {rate} puts/s");
        }
    }
}
