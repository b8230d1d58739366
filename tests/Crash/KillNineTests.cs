using Storage.Faults.Kill;
using Storage.Tests.Server;
using Xunit;
using Xunit.Abstractions;

namespace Storage.Tests.Crash;

/// <summary>
/// A real server process is killed with -9 under concurrent writers, again and again on the same directory: nothing
/// acknowledged is missing, nothing refused is there, no transaction is half there or there twice. docs/RELIABILITY.md.
/// </summary>
public sealed class KillNineTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Thirty_times_killed_a_store_keeps_all_that_was_acknowledged_and_nothing_else()
    {
        using var directory = new ScratchDirectory();
        var rig = new KillNine(new KillNineOptions
        {
            ServerAssembly = Path.Combine(AppContext.BaseDirectory, "Storage.Server.dll"),
            Directory = directory.Path,
            Loops = 30,
            Seed = 20261123,
            ServerArguments = ["--memory", "16MB"],
        });
        await rig.RunAsync();
        output.WriteLine(rig.Counts.ToString());
        Assert.Equal(30, rig.Counts.Loops);
        Assert.True(rig.Counts is { Writes: > 0, Transactions: > 0, InDoubt: > 0, Replays: > 0, StreamRecords: > 0, Expired: > 0, KilledOpenings: > 0, Manifests: > 1 });
    }
}
