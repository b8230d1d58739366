using System.Collections.Immutable;
using CsCheck;
using Storage.Engine.Model;
using Storage.Server.Lambda.EventSources;
using Xunit;

namespace Storage.Layers.Tests.EventSources;

/// <summary>Checkpoints: what they say is done is done, and stays so in another number of lanes.</summary>
public sealed class ShardCheckpointTests
{
    private static readonly Gen<ChangePosition> Positions =
        Gen.Select(Gen.Long[0, 50], Gen.Int[0, 3], (lsn, ordinal) => new ChangePosition(lsn, ordinal));

    private static readonly Gen<ShardCheckpoint> Checkpoints =
        Positions.Array[1, 10].Select(lanes => new ShardCheckpoint([.. lanes], []));

    [Fact]
    public void A_checkpoint_reads_back_and_shows_its_low_water_mark() =>
        Gen.Select(Checkpoints, Gen.Int[1, 10]).Sample((checkpoint, factor) =>
        {
            var written = checkpoint.WithFactor(factor);
            var item = written.Write("uuid", "shard");
            var read = ShardCheckpoint.Read(item);
            Assert.True(written.Lanes.SequenceEqual(read.Lanes));
            Assert.True(written.Prior.SequenceEqual(read.Prior, EqualityComparer<ImmutableArray<ChangePosition>>.Create(
                (left, right) => left.SequenceEqual(right))));
            Assert.Equal(checkpoint.Lanes.Min().ToString(), item["position"].AsString());
        });

    [Fact]
    public void Another_factor_changes_nothing_about_what_is_done() =>
        Gen.Select(Checkpoints, Gen.Int[1, 10].Array[1, 4], Positions, Gen.ULong).Sample((checkpoint, factors, position, hash) =>
        {
            var changed = checkpoint;
            foreach (var factor in factors)
            {
                changed = changed.WithFactor(factor).WithoutPassed();
            }

            Assert.Equal(factors[^1], changed.Lanes.Length);
            Assert.Equal(checkpoint.Position, changed.Position);
            Assert.Equal(IsDone(checkpoint, position, hash), IsDone(changed, position, hash));
        });

    [Fact]
    public void Former_lanes_are_forgotten_when_the_slowest_has_passed_them()
    {
        var checkpoint = new ShardCheckpoint([new(5, 0), new(9, 0)], []).WithFactor(1);
        Assert.Single(checkpoint.WithoutPassed().Prior);
        Assert.Single((checkpoint with { Lanes = [new(8, 0)] }).WithoutPassed().Prior);
        Assert.Empty((checkpoint with { Lanes = [new(9, 0)] }).WithoutPassed().Prior);
    }

    [Fact]
    public void A_factor_that_changes_again_and_again_keeps_a_bounded_memory()
    {
        var checkpoint = new ShardCheckpoint([new(5, 0), new(9, 0)], []);
        for (var change = 0; change < 100; change++)
        {
            checkpoint = checkpoint.WithFactor(3 + (change % 2));
        }

        Assert.InRange(checkpoint.Prior.Length, 1, 10);
        Assert.Equal(new ChangePosition(5, 0), checkpoint.Position);
    }

    private static bool IsDone(ShardCheckpoint checkpoint, ChangePosition position, ulong hash) =>
        position <= checkpoint.Lanes[ShardCheckpoint.LaneOf(hash, checkpoint.Lanes.Length)]
        || ShardCheckpoint.IsDone(checkpoint.Prior, position, hash);
}
