using System.Collections.Immutable;
using Storage.Engine;
using Storage.Engine.Model;

namespace Storage.Server.Lambda.EventSources;

/// <summary>
/// How far a mapping has come with a shard: for every lane, the position up to which all records of its keys are done.
/// </summary>
/// <param name="Lanes">One position for each lane; a key's lane is its hash modulo their number.</param>
/// <param name="Prior">
/// The lanes of former parallelization factors, newest first, while they tell of records done behind the slowest of
/// <paramref name="Lanes"/>.
/// </param>
internal sealed record ShardCheckpoint(
    ImmutableArray<ChangePosition> Lanes, ImmutableArray<ImmutableArray<ChangePosition>> Prior)
{
    /// <summary>Factors changed again and again while a lane stands still forget the oldest: its records come once more.</summary>
    private const int PriorMax = 10;

    /// <summary>Low-water mark: nothing up to here is delivered again.</summary>
    internal ChangePosition Position => Lanes.Min();

    /// <summary>A shard before its first record.</summary>
    internal static ShardCheckpoint At(ChangePosition start, int factor) => new([.. Enumerable.Repeat(start, factor)], []);

    internal static int LaneOf(ulong keyHash, int factor) => (int)(keyHash % (ulong)factor);

    /// <summary>Whether lanes of a former factor have done this record.</summary>
    internal static bool IsDone(
        ImmutableArray<ImmutableArray<ChangePosition>> prior, ChangePosition position, ulong keyHash)
    {
        foreach (var lanes in prior)
        {
            if (position <= lanes[LaneOf(keyHash, lanes.Length)])
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The same progress in another number of lanes: all begin at the low-water mark and leave out what is done.</summary>
    internal ShardCheckpoint WithFactor(int factor) => factor == Lanes.Length
        ? this
        : new ShardCheckpoint(At(Position, factor).Lanes, [.. Prior.Insert(0, Lanes).Take(PriorMax)]);

    /// <summary>Without what former lanes say when the slowest lane has passed all of it.</summary>
    internal ShardCheckpoint WithoutPassed()
    {
        var low = Position;
        return this with { Prior = [.. Prior.Where(lanes => lanes.Max() > low)] };
    }

    internal static Item KeyOf(string uuid, string shardId) =>
        Item.Of((MappingItem.Partition, uuid), (MappingItem.Sort, "CP#" + shardId));

    internal Item Write(string uuid, string shardId) => Item.Of(
        (MappingItem.Partition, uuid),
        (MappingItem.Sort, "CP#" + shardId),
        ("position", Position.ToString()),
        ("lanes", ListOf(Lanes)),
        ("prior", AttributeValue.List(Prior.Select(ListOf))));

    internal static ShardCheckpoint Read(Item item) => new(
        PositionsOf(item["lanes"]), [.. item["prior"].AsList().Select(PositionsOf)]);

    private static AttributeValue ListOf(ImmutableArray<ChangePosition> positions) =>
        AttributeValue.List(positions.Select(position => (AttributeValue)position.ToString()));

    private static ImmutableArray<ChangePosition> PositionsOf(AttributeValue list) =>
        [.. list.AsList().Select(MappingItem.PositionOf)];
}
