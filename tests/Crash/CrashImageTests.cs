using System.Diagnostics;
using Storage.Simulation.Rig;
using Xunit;
using Xunit.Abstractions;

namespace Storage.Tests.Crash;

/// <summary>
/// A store that loses power at any moment, with any part of what it had not synced, opens again and holds exactly what
/// some moment between its last answer and its last write held.
/// </summary>
public sealed class CrashImageTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Every_crash_image_opens_as_some_moment_between_the_last_answer_and_the_last_write()
    {
        var images = 0;
        for (var seed = 1; seed <= 40; seed++)
        {
            var watch = Stopwatch.StartNew();
            var run = new CrashRun(seed, new CrashSettings());
            await run.RunAsync();
            images += run.Images;
            output.WriteLine($"{seed}: {run.Events} events {run.Records} records {run.Images} images {watch.ElapsedMilliseconds} ms");
            Assert.Empty(run.Violations);
        }
    }
}
