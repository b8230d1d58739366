using Storage.Engine.Partitions;
using Storage.Engine.Recovery;
using Xunit;

namespace Storage.Tests.Recovery;

/// <summary>Which runs are merged. Source: docs/decisions/0004-checkpoints-and-runs.md.</summary>
public sealed class RunMergingTests
{
    [Fact]
    public void Nothing_is_merged_until_a_level_has_enough_runs()
    {
        Assert.Empty(RunMerging.Choose([], 4));
        Assert.Empty(RunMerging.Choose(Levels(0, 0, 0, 1, 1, 2), 4));
    }

    [Fact]
    public void The_lowest_full_level_is_merged_as_a_whole()
    {
        var runs = Levels(0, 0, 0, 0, 0, 1, 1, 1, 1, 2);
        Assert.Equal(runs[..5], RunMerging.Choose(runs, 4));
        runs = Levels(0, 0, 1, 1, 1, 1, 2);
        Assert.Equal(runs[2..6], RunMerging.Choose(runs, 4));
    }

    /// <summary>What tiers are for: a run is written again only when its level fills, so bytes are rewritten about log times.</summary>
    [Fact]
    public void Each_run_is_rewritten_a_logarithmic_number_of_times()
    {
        const int Checkpoints = 4096;
        var runs = new List<(RunInfo Info, int Size)>();
        var written = 0;
        for (var i = 1; i <= Checkpoints; i++)
        {
            runs.Insert(0, (Run(i, 0), 1));
            while (RunMerging.Choose([.. runs.Select(run => run.Info)], 8) is { Count: > 0 } inputs)
            {
                var at = runs.FindIndex(run => run.Info == inputs[0]);
                var size = runs.GetRange(at, inputs.Count).Sum(run => run.Size);
                runs.RemoveRange(at, inputs.Count);
                runs.Insert(at, (Run(-i, inputs[0].Level + 1), size));
                written += size;
            }
        }

        Assert.Equal(4 * Checkpoints, written); // 8^4: each run took part in four merges
        Assert.Single(runs);
    }

    /// <summary>A merge may take in a run that a checkpoint wrote after it asked which tables live.</summary>
    [Fact]
    public void Only_what_was_there_before_and_is_gone_is_dead()
    {
        var tables = new LiveTables(new HashSet<uint> { 1, 2, 16, 18 }, nextId: 19);

        Assert.False(tables.IsDead(Key(16)));
        Assert.True(tables.IsDead(Key(17)));
        Assert.False(tables.IsDead(Key(19)));
        Assert.False(tables.IsDead(Key(3, 18)));
        Assert.True(tables.IsDead(Key(3, 17)));
        Assert.False(tables.IsDead(Key(3, 19)));
    }

    private static byte[] Key(params byte[] ids) => [.. ids.SelectMany(id => new byte[] { 0, 0, 0, id }), 0, 0, 0, 0];

    private static RunInfo[] Levels(params int[] levels) => [.. levels.Select((level, i) => Run(i, level))];

    private static RunInfo Run(long number, int level) => new(number, level, 1, 2, 3, 4, 0, 0, 0);
}
