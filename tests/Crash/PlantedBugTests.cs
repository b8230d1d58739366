using Storage.Simulation.Bugs;
using Storage.Simulation.Device;
using Storage.Simulation.Rig;
using Xunit;
using Xunit.Abstractions;

namespace Storage.Tests.Crash;

/// <summary>The rig proves itself: a store that made one of these mistakes with its files would be caught.</summary>
public sealed class PlantedBugTests(ITestOutputHelper output)
{
    private const int SeedsMax = 60;

    [Theory]
    [InlineData(nameof(PlantedBug.LogSyncLeftOut))]
    [InlineData(nameof(PlantedBug.SegmentNameSyncLeftOut))]
    [InlineData(nameof(PlantedBug.AnswerBeforeSync))]
    [InlineData(nameof(PlantedBug.FailedSyncTakenForSuccess))]
    [InlineData(nameof(PlantedBug.TailNotCut))]
    [InlineData(nameof(PlantedBug.RecordChecksumUnchecked))]
    [InlineData(nameof(PlantedBug.BlockChecksumUnchecked))]
    [InlineData(nameof(PlantedBug.RunSyncLeftOut))]
    [InlineData(nameof(PlantedBug.ManifestRenamedBeforeSync))]
    [InlineData(nameof(PlantedBug.ManifestNameSyncLeftOut))]
    public async Task A_planted_bug_is_caught(string name)
    {
        var bug = Enum.Parse<PlantedBug>(name);
        var settings = new CrashSettings
        {
            ViolationsMax = 1,
            SecondLifeOdds = 8,
            Wrap = inner => new BuggyFiles(inner, bug),
            Faults = bug == PlantedBug.FailedSyncTakenForSuccess
                ? seed => new FaultPlan().Add(new Fault(DeviceCall.Sync, ".log", 5 + seed))
                : null,
        };
        long images = 0;
        for (var seed = 1; seed <= SeedsMax; seed++)
        {
            var run = new CrashRun(seed, settings);
            await run.RunAsync();
            images += run.Images;
            if (run.Violations.Count > 0)
            {
                output.WriteLine($"{name}: image {images}: {run.Violations[0]}");
                return;
            }
        }

        Assert.Fail($"{name} was not caught in {images} images.");
    }
}
