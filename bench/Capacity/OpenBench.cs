using System.Diagnostics;
using System.Globalization;

namespace Storage.Bench.Capacity;

/// <summary>How long a store of many items with a full tail of log takes to open, in a process of its own.</summary>
internal static class OpenBench
{
    private const int WritersAtOnce = 256;
    private const int TailCheckedEvery = 500;
    private const int RoundsMax = 6;

    // Just below what makes a checkpoint due: a longer tail would have one made at the first opening.
    private const long TailBytes = 62L << 20;

    internal static async Task<int> RunAsync(Arguments arguments)
    {
        var items = Math.Max(1, arguments.Number("--items", 5_000_000, 100_000_000));
        var opens = Math.Max(1, arguments.Number("--opens", 5, 100));
        var memory = StoreUnderTest.MemoryBytes(arguments);
        var samples = new SampleItems(200);
        using var scratch = new ScratchDirectory(arguments.Text("--data"));
        StoreUnderTest.DemandRoom(scratch.FullPath, (long)items * samples.ItemBytes * 2);
        var directory = scratch.File("store");
        var report = new Report(
            $"Opening {StoreUnderTest.Count(items)} items of {samples.ItemBytes} bytes, {ByteText.Megabytes(memory)} MB of memory",
            scratch.FullPath, "Files in the page cache", "Openings", "min ms", "median ms", "max ms", "to first Get ms", "from process start ms", "CPU ms", "resident MB");
        var filled = await FillAsync(directory, memory, samples, items);
        foreach (var warm in new[] { true, false })
        {
            var seen = new List<double[]>();
            for (var i = 0; i < opens; i++)
            {
                if (!warm)
                {
                    PageCache.Drop(directory);
                }

                seen.Add(await MeasureAsync(directory, memory, items));
                Console.WriteLine($"{(warm ? "warm" : "cold")}: {string.Join(", ", seen[^1].Select(StoreUnderTest.Count))}");
            }

            report.Row(
                warm ? "yes" : "no",
                opens.ToString(CultureInfo.InvariantCulture),
                StoreUnderTest.Count(seen.Min(times => times[0])),
                StoreUnderTest.Count(Median(seen, 0)),
                StoreUnderTest.Count(seen.Max(times => times[0])),
                StoreUnderTest.Count(Median(seen, 1)),
                StoreUnderTest.Count(Median(seen, 2)),
                StoreUnderTest.Count(Median(seen, 3)),
                StoreUnderTest.Count(Median(seen, 4)));
        }

        report.Line(filled);
        report.Finish("open", arguments.Has("--save"));
        return 0;
    }

    /// <summary>The process that opens. Prints milliseconds to open, to the first Get, from its start to there, of processor time, and resident MB.</summary>
    internal static async Task<int> OpenOnceAsync(Arguments arguments)
    {
        var samples = new SampleItems(200);
        var items = arguments.Number("--items", 1, int.MaxValue);
        var options = new Storage.Engine.StoreOptions
        {
            Directory = arguments.Text("--data"),
            MemoryBytes = StoreUnderTest.MemoryBytes(arguments),
        };
        var started = Stopwatch.GetTimestamp();
        await using var store = await Storage.Engine.Store.OpenAsync(options);
        var opened = Stopwatch.GetElapsedTime(started);
        var found = await store.GetAsync(SampleItems.Table, samples.Key(Scatter.Of(started, items)));
        var answered = Stopwatch.GetElapsedTime(started);
        using var self = Process.GetCurrentProcess();
        var sinceStart = DateTime.Now - self.StartTime;
        if (found is null)
        {
            throw new InvalidOperationException("An item is missing after opening.");
        }

        double[] times =
        [
            opened.TotalMilliseconds, answered.TotalMilliseconds, sinceStart.TotalMilliseconds,
            self.TotalProcessorTime.TotalMilliseconds, ProcessMemory.Resident().Now / 1048576.0,
        ];
        Console.WriteLine("Opened " + string.Join(' ', times.Select(time => time.ToString("F1", CultureInfo.InvariantCulture))));
        return 0;
    }

    private static async Task<string> FillAsync(string directory, long memory, SampleItems samples, int items)
    {
        await using var under = await StoreUnderTest.OpenAsync(directory, memory);
        await under.Store.CreateTableAsync(samples.Definition);
        Console.WriteLine("Loading ...");
        var took = await Workers.RunAsync(WritersAtOnce, items, async number =>
            await under.Store.PutAsync(SampleItems.Table, samples.Of((int)number, 0)));

        // Overwrites bring the log's tail to the wanted length. A checkpoint under way may cut it once more.
        for (var round = 1; round <= RoundsMax; round++)
        {
            await under.SettleAsync();
            if (under.Files.TailBytes() >= TailBytes)
            {
                break;
            }

            var enough = false;
            await Workers.RunAsync(WritersAtOnce, items, async number =>
            {
                if (!Volatile.Read(ref enough))
                {
                    await under.Store.PutAsync(SampleItems.Table, samples.Of(Scatter.Of(number, items), round));
                    if (number % TailCheckedEvery == 0 && under.Files.TailBytes() >= TailBytes)
                    {
                        Volatile.Write(ref enough, true);
                    }
                }
            });
        }

        var files = Directory.GetFiles(directory).Select(path => new FileInfo(path)).ToArray();
        var runs = files.Where(file => file.Extension == ".run").ToArray();
        return $"Loaded at {StoreUnderTest.Count(items / took.TotalSeconds)} puts/s. Tail of the log behind the last checkpoint: "
            + $"{ByteText.Megabytes(under.Files.TailBytes())} MB; {runs.Length} runs of {ByteText.Megabytes(runs.Sum(file => file.Length))} MB; "
            + $"{files.Length} files.";
    }

    private static async Task<double[]> MeasureAsync(string directory, long memory, int items)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        string[] words =
        [
            Path.Combine(AppContext.BaseDirectory, "Storage.Bench.dll"), "open-once", "--data", directory,
            "--memory", memory.ToString(CultureInfo.InvariantCulture), "--items", items.ToString(CultureInfo.InvariantCulture),
        ];
        Array.ForEach(words, start.ArgumentList.Add);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("The opening process did not start.");
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 && output.Split(' ', StringSplitOptions.TrimEntries) is ["Opened", .. var times]
            ? Array.ConvertAll(times, time => double.Parse(time, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"Opening failed: {output}");
    }

    private static double Median(List<double[]> seen, int column)
    {
        var sorted = seen.Select(times => times[column]).Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
