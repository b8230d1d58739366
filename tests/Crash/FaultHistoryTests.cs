using Storage.Simulation.Histories;
using Xunit;
using Xunit.Abstractions;

namespace Storage.Tests.Crash;

/// <summary>
/// Several clients on a failing device, a restart and a crash: one order of all operations explains every answer and what
/// is found in the end; nothing acknowledged is missing, nothing refused is there, no transfer is half done.
/// </summary>
public sealed class FaultHistoryTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Histories_under_faults_are_serializable()
    {
        var wrong = new List<string>();
        var crashes = 0;
        var struck = 0;
        var failed = 0;
        var histories = Enumerable.Range(1, 120).Select(seed => new FaultHistory(seed)).ToArray();
        await Parallel.ForEachAsync(
            histories,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            (history, _) => new ValueTask(history.RunAsync()));
        foreach (var history in histories)
        {
            crashes += history.Crashes;
            struck += history.Struck;
            failed += history.Failed;
            wrong.AddRange(history.Wrong);
        }

        output.WriteLine($"{crashes} crashes, {struck} faults struck, {failed} operations failed");
        Assert.True(wrong.Count == 0, string.Join("\n", wrong.Take(3)));
        Assert.True(struck > 0);
        Assert.True(failed > 0);
    }
}
