using System.Buffers.Binary;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>
/// Makes of a checkpoint's runs what the log up to it folds into: catalog, request tokens, and partitions that read the
/// runs. The log behind the checkpoint is folded in afterwards.
/// </summary>
internal sealed class StateRestore(PartitionDirectory directory, Catalog catalog, RequestTokens tokens)
{
    private readonly RunSetCursor cursor = new();

    /// <exception cref="DamagedBlockException">A block that is needed is damaged.</exception>
    /// <exception cref="InvalidDataException">The runs hold what this build cannot have written.</exception>
    internal void Run(RunSet runs)
    {
        var states = new Dictionary<uint, PartitionState>();
        ForEach(runs, SystemTables.PartitionStatesId, (key, value) =>
            states[PartitionStates.ReadKey(key).PartitionId] = PartitionStates.ReadValue(value));
        ForEach(runs, SystemTables.CatalogId, (key, value) => catalog.Follow(key, value, runs.CheckpointLsn));
        ForEach(runs, SystemTables.TokensId, (key, value) => tokens.Follow(key, value, runs.CheckpointLsn));
        foreach (var map in directory.Maps())
        {
            var holder = IsIn(runs, map.Id) ? runs : RunSet.Empty;
            foreach (var partition in map.Partitions)
            {
                var state = states.GetValueOrDefault(partition.Id);
                partition.Restore(state.Sequence, state.Count, state.SizeBytes, holder);
            }
        }
    }

    /// <summary>A table or index of which no run has an entry needs no runs: memory alone knows it.</summary>
    private static bool IsIn(RunSet runs, uint id)
    {
        for (var i = 0; i < runs.Runs.Count; i++)
        {
            if (runs.Runs[i].Tables.ContainsKey(id))
            {
                return true;
            }
        }

        return false;
    }

    private void ForEach(RunSet runs, uint id, Visit visit)
    {
        Span<byte> low = stackalloc byte[sizeof(uint)];
        Span<byte> high = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(low, id);
        BinaryPrimitives.WriteUInt32BigEndian(high, id + 1);
        try
        {
            cursor.Start(runs, low, high, true);
            while (cursor.MoveNext())
            {
                if (!cursor.Value.IsEmpty)
                {
                    visit(cursor.Key, cursor.Value);
                }
            }
        }
        finally
        {
            cursor.Stop();
        }
    }

    private delegate void Visit(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);
}
