using System.Diagnostics;
using System.Globalization;
using Storage.Simulation.Rig;

namespace Storage.Bench.Crash;

/// <summary>Crashes the lives of stores, seed by seed.</summary>
internal static class CrashCampaign
{
    internal static async Task<int> RunAsync(Arguments arguments)
    {
        var range = (arguments.Text("--seeds") ?? "1..10").Split("..");
        var from = int.Parse(range[0], CultureInfo.InvariantCulture);
        var to = int.Parse(range[^1], CultureInfo.InvariantCulture);
        long images = 0;
        var watch = Stopwatch.StartNew();
        for (var seed = from; seed <= to; seed++)
        {
            var one = Stopwatch.StartNew();
            var run = new CrashRun(seed, new CrashSettings());
            await run.RunAsync();
            images += run.Images;
            Console.WriteLine($"{seed}: {run.Events} events {run.Records} records {run.Images} images {one.ElapsedMilliseconds} ms");
            foreach (var violation in run.Violations)
            {
                Console.WriteLine("  " + violation);
            }
        }
        Console.WriteLine($"{images} images, {images / watch.Elapsed.TotalSeconds:F0}/s");
        return 0;
    }
}
