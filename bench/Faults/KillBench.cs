using System.Diagnostics;
using System.Globalization;
using Storage.Faults;
using Storage.Faults.Kill;

namespace Storage.Bench.Faults;

/// <summary>Kill -9 loops of a server process; stops at the first violation and keeps the directory.</summary>
internal static class KillBench
{
    private const int LoopsMax = 1_000_000;
    private const int LoopsPerLine = 50;

    internal static async Task<int> RunAsync(Arguments arguments)
    {
        var seed = arguments.Number("--seed", 1, int.MaxValue);
        var directory = Directory.CreateTempSubdirectory("storage-kill-").FullName;
        if (arguments.Text("--data") is { } parent)
        {
            Directory.Delete(directory);
            directory = Directory.CreateDirectory(Path.Combine(parent, $"kill-{Environment.ProcessId}")).FullName;
        }

        var clock = Stopwatch.StartNew();
        var rig = new KillNine(new KillNineOptions
        {
            ServerAssembly = Path.Combine(AppContext.BaseDirectory, "Storage.Server.dll"),
            Directory = directory,
            Loops = arguments.Number("--loops", 1000, LoopsMax),
            Seed = seed,
            ServerArguments = ServerArguments(arguments),
            Progress = counts =>
            {
                if (counts.Loops % LoopsPerLine == 0)
                {
                    Console.WriteLine($"{clock.Elapsed:hh\\:mm\\:ss} {counts}");
                }
            },
        });
        string? violation = null;
        try
        {
            await rig.RunAsync();
        }
        catch (ViolationException found)
        {
            violation = found.Message;
        }

        Save(rig.Counts, seed, clock.Elapsed, violation, arguments);
        if (violation is not null)
        {
            Console.Error.WriteLine($"Violation with seed {seed} in loop {rig.Counts.Loops}: {violation}\nThe store is kept in {directory}.");
            return 1;
        }

        Directory.Delete(directory, recursive: true);
        return 0;
    }

    /// <summary>A small memory makes checkpoints and merges happen while the server is killed.</summary>
    internal static IReadOnlyList<string> ServerArguments(Arguments arguments) =>
        ["--memory", arguments.Text("--memory") ?? "16MB"];

    private static void Save(KillNineCounts counts, int seed, TimeSpan elapsed, string? violation, Arguments arguments)
    {
        var report = new Report("kill -9 of a server process", Path.GetTempPath(), "What", "Count");
        Row("seed", seed);
        Row("killed under load", counts.Loops);
        Row("killed while opening", counts.KilledOpenings);
        Row("single writes answered", counts.Writes);
        Row("transactions answered", counts.Transactions);
        Row("requests in flight when killed", counts.InDoubt);
        Row("transactions sent again with their token", counts.Replays);
        Row("records read of a stream", counts.StreamRecords);
        Row("items that expired", counts.Expired);
        Row("checkpoints and merges", counts.Manifests - 1);
        Row("violations", violation is null ? 0 : 1);
        Row("seconds", (long)elapsed.TotalSeconds);
        report.Line($"Server arguments: {string.Join(' ', ServerArguments(arguments))}. {violation}");
        report.Finish("kill", arguments.Has("--save"));

        void Row(string what, long count) => report.Row(what, count.ToString("N0", CultureInfo.InvariantCulture));
    }
}
