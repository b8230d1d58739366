using Storage.Engine.Partitions;
using Xunit;

namespace Storage.Tests.Partitions;

/// <summary>What a partition says of itself.</summary>
public sealed class PartitionTests
{
    /// <summary>Two base partitions append in one order and may reach an index partition in the other.</summary>
    [Fact]
    public void Its_last_LSN_never_goes_backwards()
    {
        var partition = new Partition(1, 5, MemoryBudget.Unlimited());
        partition.Put([1], [1], false, 0, 1, 11);
        partition.Put([2], [1], false, 0, 1, 10);
        Assert.Equal(11, partition.LastLsn);
        partition.Remove([1], true, 1, 9);
        Assert.Equal(11, partition.LastLsn);
    }
}
