using System.Diagnostics;
using System.Globalization;
using Storage.Simulation.Rig;

namespace Storage.Bench.Crash;

/// <summary>
/// Crashes the lives of stores, seed by seed, at every input and output; goes on where it was left when told a file.
/// </summary>
internal static class CrashCampaign
{
    private const int SeedsBetweenSaves = 16;

    internal static async Task<int> RunAsync(Arguments arguments)
    {
        if (arguments.Text("--replay") is { } directory)
        {
            Console.WriteLine(ImageDump.Read(directory).Replay() ?? "opens as it must");
            return 0;
        }

        var range = (arguments.Text("--seeds") ?? "1..100").Split("..");
        var from = int.Parse(range[0], CultureInfo.InvariantCulture);
        var to = int.Parse(range[^1], CultureInfo.InvariantCulture);
        var file = arguments.Text("--resume");
        var artifacts = arguments.Text("--artifacts") ?? Path.Combine("artifacts", "crash");
        var progress = (file is null ? null : CrashProgress.Load(file)) ?? new CrashProgress { From = from, To = to, Next = from };
        var workers = new ParallelOptions { MaxDegreeOfParallelism = arguments.Number("--workers", Environment.ProcessorCount, 1024) };
        var target = arguments.Number("--images", int.MaxValue, int.MaxValue);
        var watch = new Stopwatch();
        while (progress.Next <= progress.To && progress.Images < target)
        {
            watch.Restart();
            var count = Math.Min(SeedsBetweenSaves, progress.To - progress.Next + 1);
            var runs = Enumerable.Range(progress.Next, count).Select(seed => new CrashRun(seed, new CrashSettings())).ToArray();
            await Parallel.ForEachAsync(runs, workers, (run, _) => new ValueTask(run.RunAsync()));
            foreach (var run in runs)
            {
                progress.Add(run, artifacts);
            }

            progress.Next += count;
            progress.Seconds += watch.Elapsed.TotalSeconds;
            if (file is not null)
            {
                progress.Save(file);
            }

            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"seeds to {progress.Next - 1}: {progress.Images:N0} images ({progress.SecondLifeImages:N0} of second lives), {progress.Events:N0} events, {progress.Violations.Count} violations, {progress.Images / progress.Seconds:N0} images/s"));
        }

        foreach (var (kind, images) in progress.ByKind)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {kind}: {images:N0}"));
        }

        progress.Violations.ForEach(Console.WriteLine);
        return progress.Violations.Count == 0 ? 0 : 1;
    }
}
