using Microsoft.Extensions.Time.Testing;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;
using Storage.Tests.Files;

namespace Storage.Tests.Tables;

/// <summary>
/// A store whose partitions are frozen, written to runs and published step by step, as a checkpoint does it, with
/// blocks so small that few entries make many of them.
/// </summary>
internal sealed class CheckpointedStore : IAsyncDisposable
{
    private static readonly Guid Identity = new("00112233-4455-6677-8899-aabbccddeeff");
    private static readonly RunLayout Layout = new(256, 256);
    private readonly List<RunFile> runs = []; // newest first; one reference each
    private readonly List<(uint MapId, uint PartitionId, PartitionState State)> frozen = [];
    private long number;
    private long frozenLsn;
    private RunFile? written;

    internal CheckpointedStore(long bytesMax = 64 * 1024 * 1024)
    {
        Budget = new MemoryBudget(bytesMax / 2, bytesMax);
        Opened = OpenedStore.On(new DatabaseState(Budget), new ReplayLog(), new FakeTimeProvider());
    }

    internal MemoryBudget Budget { get; private set; }

    internal MemoryFiles Files { get; } = new();

    internal BlockCache Cache { get; } = new(4 * 1024 * 1024);

    internal OpenedStore Opened { get; private set; }

    internal Engine.Store Store => Opened.Store;

    /// <summary>What is published; one reference is held.</summary>
    internal RunSet Set { get; private set; } = RunSet.Empty;

    internal bool IsFrozen => frozenLsn > Set.CheckpointLsn;

    internal bool IsWritten => written is not null;

    internal string LastRunName => RunWriter.NameOf(RunKind.State, number);

    public async ValueTask DisposeAsync()
    {
        await Opened.DisposeAsync();
        Set.Release();
        runs.ForEach(run => run.Release());
        Cache.Dispose();
    }

    /// <summary>The first step: all that changed is frozen at one LSN.</summary>
    internal void Freeze()
    {
        frozen.Clear();
        var partitions = Opened.State.Directory.Partitions();
        foreach (var partition in partitions)
        {
            partition.Writer.Enter();
        }

        frozenLsn = Opened.Log.LastLsn;
        foreach (var map in Opened.State.Directory.Maps())
        {
            foreach (var partition in map.Partitions)
            {
                if (partition.Freeze())
                {
                    frozen.Add((map.Id, partition.Id, new PartitionState(partition.Sequence, partition.Count, partition.SizeBytes)));
                }
            }
        }

        foreach (var partition in partitions)
        {
            partition.Writer.Exit();
        }
    }

    /// <summary>The second: frozen memory and the states of partitions become a run.</summary>
    internal void Write()
    {
        using var writer = new RunWriter(Files, RunKind.State, Identity, ++number, 0, Set.CheckpointLsn + 1, frozenLsn, Layout);
        var page = new EntryPage();
        var statesWritten = false;
        foreach (var map in Opened.State.Directory.Maps())
        {
            if (!statesWritten && map.Id > SystemTables.PartitionStatesId)
            {
                WriteStates(writer);
                statesWritten = true;
            }

            foreach (var partition in map.Partitions)
            {
                Write(writer, partition.Frozen, page);
            }
        }

        if (!statesWritten)
        {
            WriteStates(writer);
        }

        written = RunFile.Open(Files, RunKind.State, Identity, writer.Finish(0), Cache);
    }

    /// <summary>The third: the run takes the place of frozen memory.</summary>
    internal void Publish()
    {
        runs.Insert(0, written!);
        written = null;
        Publish(new RunSet(frozenLsn, runs));
    }

    /// <summary>All three, unless some are done.</summary>
    internal void Checkpoint()
    {
        if (!IsFrozen)
        {
            Freeze();
        }

        if (!IsWritten)
        {
            Write();
        }

        Publish();
    }

    /// <summary>One run of all; no removal is needed any more. The old ones are deleted once nobody reads them.</summary>
    internal void Merge()
    {
        if (runs.Count == 0)
        {
            return;
        }

        var cursor = new RunSetCursor();
        using var writer = new RunWriter(Files, RunKind.State, Identity, ++number, 1, 1, Set.CheckpointLsn, Layout);
        cursor.Start(Set, default, default, true);
        while (cursor.MoveNext())
        {
            if (!cursor.Value.IsEmpty)
            {
                writer.Add(cursor.Key, cursor.Value);
            }
        }

        cursor.Stop();
        var merged = RunFile.Open(Files, RunKind.State, Identity, writer.Finish(0), Cache);
        foreach (var run in runs)
        {
            run.DeleteWhenUnused();
            run.Release();
        }

        runs.Clear();
        runs.Add(merged);
        Publish(new RunSet(Set.CheckpointLsn, runs));
    }

    /// <summary>As after a power failure: what is published, and the log behind it. A checkpoint under way is lost.</summary>
    internal async Task ReopenAsync()
    {
        var (log, time) = (Opened.Log, Opened.Time);
        await Opened.DisposeAsync();
        written?.Release();
        written = null;
        frozenLsn = Set.CheckpointLsn;
        Budget = new MemoryBudget(1024 * 1024, 64 * 1024 * 1024);
        var state = new DatabaseState(Budget);
        state.Restore(Set);
        log.ReplayInto(state, Set.CheckpointLsn);
        Opened = OpenedStore.On(state, log, time);
    }

    private void WriteStates(RunWriter writer)
    {
        Span<byte> key = stackalloc byte[PartitionStates.KeyBytes];
        Span<byte> value = stackalloc byte[PartitionStates.ValueBytes];
        foreach (var (mapId, partitionId, state) in frozen.OrderBy(one => one.MapId).ThenBy(one => one.PartitionId))
        {
            PartitionStates.WriteKey(mapId, partitionId, key);
            PartitionStates.WriteValue(state, value);
            writer.Add(key, value);
        }
    }

    private static void Write(RunWriter writer, SortedMemory? memory, EntryPage page)
    {
        byte[] from = [];
        while (memory is not null)
        {
            memory.ReadForward(from, default, 100, 64 * 1024, page);
            for (var i = 0; i < page.Count; i++)
            {
                writer.Add(page.Key(i), page.Value(i));
            }

            if (page.Exhausted)
            {
                return;
            }

            from = [.. page.Key(page.Count - 1), 0];
        }
    }

    private void Publish(RunSet newer)
    {
        foreach (var partition in Opened.State.Directory.Partitions())
        {
            partition.Publish(newer);
        }

        Set.Release();
        Set = newer;
    }
}
