using System.Collections.Immutable;
using Storage.Engine;

namespace Storage.Faults.Corruption;

/// <summary>Runs a workload on a small store in memory and stops it, so that its files can be damaged.</summary>
internal static class ImageBuilder
{
    private const int WritesMin = 30;
    private const int WritesMax = 90;
    private const int GroupMax = 4;
    private const int OlderCopies = 4;
    private const int CheckpointsMax = 6;

    /// <summary>Builds a store that ends as told.</summary>
    /// <exception cref="ViolationException">The undamaged files do not serve what was written.</exception>
    internal static async Task<StoreImage> BuildAsync(int seed, Stop stop)
    {
        var random = new Random(seed);
        var workload = new Workload(random.Next());
        var clock = new StoppedClock();
        var files = new ImageFiles(ImmutableSortedDictionary<string, byte[]>.Empty);
        var older = new List<ImmutableSortedDictionary<string, byte[]>>();
        var identity = new byte[16];
        random.NextBytes(identity);
        var store = await SmallStore.OpenAsync(files, clock, seed, new Guid(identity));
        await Workload.CreateTablesAsync(store);
        var writes = random.Next(WritesMin, WritesMax);

        // Some stores are all log; the others have up to so many runs, of which some were merged.
        var checkpoints = Enumerable.Range(0, random.Next(3) == 0 ? 0 : random.Next(1, CheckpointsMax + 1))
            .Select(_ => random.Next(writes))
            .ToHashSet();
        for (var i = 0; i < writes; i++)
        {
            if (i % (writes / OlderCopies) == 0)
            {
                older.Add(files.Snapshot());
            }

            if (i == writes / 2)
            {
                await Workload.DeleteTableAsync(store);
            }

            if (checkpoints.Contains(i))
            {
                await store.Checkpointer!.CheckpointAsync(default);
                await store.Checkpointer.MergeAsync(default);
            }

            clock.Now += TimeSpan.FromMilliseconds(random.Next(3));
            await workload.Next()(store);
        }

        var name = FormattableString.Invariant($"store {seed} {stop}, {checkpoints.Count} checkpoints");
        if (stop == Stop.Clean)
        {
            var served = await ReadCopyAsync(files, clock, workload);
            await store.DisposeAsync();
            return await ImageAsync(name, stop, files.Snapshot(), older, workload, null, [served], clock);
        }

        var before = files.Snapshot();
        var group = Enumerable.Range(0, random.Next(1, GroupMax + 1)).Select(_ => workload.Next(mayHaveToken: false)).ToList();
        var prefixes = await PrefixesAsync(before, clock, group, workload);
        var after = await StopInGroupAsync(files, store, group, stop, random);
        await store.DisposeAsync();
        return await ImageAsync(name, stop, after, older, workload, new LastGroup(before, after, prefixes), prefixes, clock);
    }

    /// <summary>What a running store serves; itself stays as it is.</summary>
    private static async Task<ServedState> ReadCopyAsync(ImageFiles files, TimeProvider clock, Workload workload)
    {
        await using var copy = await SmallStore.OpenAsync(new ImageFiles(files.Snapshot()), clock);
        return await ServedState.ReadAsync(copy, workload);
    }

    /// <summary>What a store serves that holds none, one, two ... of the writes.</summary>
    private static async Task<List<ServedState>> PrefixesAsync(
        ImmutableSortedDictionary<string, byte[]> before, TimeProvider clock, IReadOnlyList<Func<Store, Task>> group, Workload workload)
    {
        var files = new ImageFiles(before);
        await using var copy = await SmallStore.OpenAsync(files, clock);
        var prefixes = new List<ServedState> { await ReadCopyAsync(files, clock, workload) };
        foreach (var write in group)
        {
            await write(copy);
            prefixes.Add(await ReadCopyAsync(files, clock, workload));
        }

        return prefixes;
    }

    /// <summary>
    /// Starts all writes while the log's syncs are held back, so that none of their records knows of another that it is
    /// durable, and copies the files: in front of one of these syncs, or when all were answered.
    /// </summary>
    private static async Task<ImmutableSortedDictionary<string, byte[]>> StopInGroupAsync(
        ImageFiles files, Store store, List<Func<Store, Task>> group, Stop stop, Random random)
    {
        using var started = new ManualResetEventSlim();
        var copyAt = group.Count == 1 ? 0 : random.Next(2);
        var syncs = 0;
        ImmutableSortedDictionary<string, byte[]>? inSync = null;
        files.BeforeSync = name =>
        {
            if (name.EndsWith(".log", StringComparison.Ordinal))
            {
                started.Wait();
                if (syncs++ == copyAt)
                {
                    inSync = files.Snapshot();
                }
            }
        };
        var writes = group.ConvertAll(write => write(store));
        started.Set();
        await Task.WhenAll(writes);
        files.BeforeSync = null;

        // A group that changes nothing, or whose records all went with the first sync, has no such moment.
        return stop == Stop.KilledInSync && inSync is not null ? inSync : files.Snapshot();
    }

    private static async Task<StoreImage> ImageAsync(
        string name,
        Stop stop,
        ImmutableSortedDictionary<string, byte[]> files,
        IReadOnlyList<ImmutableSortedDictionary<string, byte[]>> older,
        Workload workload,
        LastGroup? group,
        IReadOnlyList<ServedState> possible,
        TimeProvider clock)
    {
        await using var store = await SmallStore.OpenAsync(new ImageFiles(files), clock);
        var served = await ServedState.ReadAsync(store, workload);
        var wanted = stop == Stop.KilledInSync ? possible : [possible[^1]];
        if (wanted.All(state => served.DifferenceFrom(state) is not null))
        {
            throw new ViolationException($"The undamaged {name} serves another {served.DifferenceFrom(possible[^1])}.");
        }

        return new StoreImage
        {
            Name = name,
            Stop = stop,
            Files = files,
            Older = older,
            Workload = workload,
            Expected = served,
            LastGroup = group,
        };
    }
}
