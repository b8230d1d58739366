using Storage.Engine.Log;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>
/// All that changed since the last checkpoint, held still at one place in the log: no record is half in it. Memory of
/// the partitions that changed is frozen; new changes go to fresh memory above.
/// </summary>
internal sealed class FrozenStore
{
    private const int EntriesAtOnceMax = 1024;
    private const int BytesAtOnceMax = 256 * 1024;

    private readonly PartitionMap[] maps;
    private readonly List<(uint TableId, Partition Partition, PartitionState State)> states = [];

    private FrozenStore(PartitionMap[] maps, LogPosition position, LiveTables tables, HashSet<uint> streamTables, long streamedLsn)
    {
        this.maps = maps;
        Position = position;
        Tables = tables;
        StreamTables = streamTables;
        StreamedLsn = streamedLsn;
    }

    /// <summary>The last record whose changes are in it.</summary>
    internal LogPosition Position { get; }

    /// <summary>The tables and indexes that were there.</summary>
    internal LiveTables Tables { get; }

    /// <summary>Ids of the tables that had a stream.</summary>
    internal HashSet<uint> StreamTables { get; }

    /// <summary>No record behind this one has a change that a stream shows; 0 when none has.</summary>
    internal long StreamedLsn { get; }

    /// <summary>True when nothing changed that belongs into a run.</summary>
    internal bool IsEmpty => states.Count == 0;

    /// <summary>
    /// Freezes the store. All writers are held meanwhile, which is as long as swapping a pointer in every partition takes.
    /// </summary>
    internal static FrozenStore Take(DatabaseState state, DiskLog log)
    {
        // The catalog's partition has the lowest id: while its writer is held no partition comes or goes.
        var first = state.System.Catalog.Partitions[0];
        first.Writer.Enter();
        var held = new List<Partition> { first };
        try
        {
            foreach (var partition in state.Directory.Partitions())
            {
                if (partition != first)
                {
                    partition.Writer.Enter();
                    held.Add(partition);
                }
            }

            var maps = state.Directory.Maps();
            var position = log.Position;
            var streamTables = state.Catalog.All.Where(table => table.Definition.Stream is not null).Select(table => table.Stored.Id).ToHashSet();

            // A stream that was switched on and off since the last checkpoint is a former one in both.
            var streamedLsn = streamTables.Count > 0
                ? position.Lsn
                : state.Catalog.FormerStreams.All.Select(stream => stream.UntilLsn).DefaultIfEmpty().Max();
            var frozen = new FrozenStore(maps, position, LiveTables.Of(state), streamTables, streamedLsn);
            foreach (var map in maps)
            {
                foreach (var partition in map.Partitions)
                {
                    if (partition.Freeze())
                    {
                        frozen.states.Add((map.Id, partition, new PartitionState(partition.Sequence, partition.Count, partition.SizeBytes)));
                    }
                }
            }

            state.Budget.StartLog();
            return frozen;
        }
        finally
        {
            for (var i = held.Count - 1; i >= 0; i--)
            {
                held[i].Writer.Exit();
            }
        }
    }

    /// <summary>Writes all frozen entries and the states of the partitions that changed, in key order.</summary>
    internal void WriteTo(RunWriter run, CancellationToken cancellation)
    {
        var page = new EntryPage();
        var statesWritten = false;
        foreach (var map in maps)
        {
            if (!statesWritten && map.Id > SystemTables.PartitionStatesId)
            {
                WriteStates(run);
                statesWritten = true;
            }

            foreach (var partition in map.Partitions)
            {
                if (partition.Frozen is { } memory)
                {
                    Write(memory, run, page, cancellation);
                }
            }
        }

        if (!statesWritten)
        {
            WriteStates(run);
        }
    }

    private void WriteStates(RunWriter run)
    {
        Span<byte> key = stackalloc byte[PartitionStates.KeyBytes];
        Span<byte> value = stackalloc byte[PartitionStates.ValueBytes];
        foreach (var (tableId, partition, state) in states.OrderBy(entry => entry.TableId).ThenBy(entry => entry.Partition.Id))
        {
            PartitionStates.WriteKey(tableId, partition.Id, key);
            PartitionStates.WriteValue(state, value);
            run.Add(key, value);
        }
    }

    private static void Write(SortedMemory memory, RunWriter run, EntryPage page, CancellationToken cancellation)
    {
        byte[] from = [0];
        do
        {
            cancellation.ThrowIfCancellationRequested();
            memory.ReadForward(from, default, EntriesAtOnceMax, BytesAtOnceMax, page);
            for (var i = 0; i < page.Count; i++)
            {
                run.Add(page.Key(i), page.Value(i));
            }

            if (page.Count > 0)
            {
                from = [.. page.Key(page.Count - 1), 0];
            }
        }
        while (!page.Exhausted);
    }
}
