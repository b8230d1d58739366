using Storage.Simulation.Rig;
using Storage.Tests.Architecture;
using Xunit;
using Xunit.Abstractions;

namespace Storage.Tests.Crash;

/// <summary>
/// A store that loses power at any moment, with any part of what it had not synced, opens again and holds exactly what
/// some moment between its last answer and its last write held; and so does one that crashes again while it opens or
/// after it went on. Longer campaigns: the bench command <c>crash</c>.
/// </summary>
public sealed class CrashImageTests(ITestOutputHelper output)
{
    private const int ImagesMin = 50_000;
    private const int SeedsAtOnce = 4;

    [Fact]
    public async Task Fifty_thousand_crash_images_open_as_some_moment_between_the_last_answer_and_the_last_write()
    {
        var artifacts = Path.Combine(SourceTests.Repository(), "artifacts", "crash");
        var images = 0;
        var violations = new List<string>();
        for (var seed = 1; images < ImagesMin && violations.Count == 0; seed += SeedsAtOnce)
        {
            var runs = Enumerable.Range(seed, SeedsAtOnce).Select(one => new CrashRun(one, new CrashSettings())).ToArray();
            await Parallel.ForEachAsync(
                runs,
                new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
                (run, _) => new ValueTask(run.RunAsync()));
            images += runs.Sum(run => run.Images);
            violations.AddRange(runs.SelectMany(run => run.Violations).Select(violation => violation.Keep(artifacts)));
            output.WriteLine($"seeds to {seed + SeedsAtOnce - 1}: {images} images");
        }

        Assert.Empty(violations);
    }
}
