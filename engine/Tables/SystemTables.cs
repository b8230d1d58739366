using Storage.Engine.Encoding;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>
/// The tables that every store has, outside the catalog. Their ids and partitions are fixed: partition ids below
/// those of any user's table, so that they are locked first.
/// </summary>
internal sealed class SystemTables(MemoryBudget budget)
{
    internal const uint CatalogId = 1;
    internal const uint TokensId = 2;

    /// <summary>Sequences, counts and sizes of partitions as of a checkpoint; in runs only.</summary>
    internal const uint PartitionStatesId = 3;
    internal const uint FirstUserId = 16;

    internal const uint CatalogPartitionId = 1;
    private const uint FirstTokenPartitionId = 2;
    private const int TokenPartitions = 4;
    internal const uint FirstUserPartitionId = 64;

    internal PartitionMap Catalog { get; } = PartitionMap.Even(CatalogId, CatalogPartitionId, 1, 0, budget);

    internal PartitionMap Tokens { get; } = PartitionMap.Even(TokensId, FirstTokenPartitionId, TokenPartitions, 0, budget);

    /// <summary>Makes the key of a system item: a table id and one string.</summary>
    internal static void BuildKey(uint id, ReadOnlySpan<byte> name, KeyBuffer key)
    {
        key.Begin(id);
        key.AppendPartitionPart(name);
        key.EndPartition();
    }
}
