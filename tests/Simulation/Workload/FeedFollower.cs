using System.Diagnostics.CodeAnalysis;
using Storage.Engine;
using Storage.Engine.Model;
using Storage.Simulation.Device;
using Storage.Simulation.Oracle;

namespace Storage.Simulation.Workload;

/// <summary>
/// Reads the streams of a living store: every table that ever had one while it looked, each on from where it was, in
/// pages of few changes. What it was shown must survive, and be all there was.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds nothing.")]
internal sealed class FeedFollower(FileTrace trace)
{
    private const int ChangesMax = 7;
    private const int BytesMax = 4096;
    private const int PagesMax = 10_000;

    private readonly SemaphoreSlim turn = new(1);
    private readonly SortedDictionary<uint, ChangePosition> positions = [];

    /// <summary>What was shown, table by table: a digest that depends on the order, and how many changes.</summary>
    internal SortedDictionary<uint, (ulong Digest, int Count)> Shown { get; } = [];

    /// <summary>Whether it came too late for changes that were there.</summary>
    internal bool HasMissed { get; private set; }

    /// <summary>Reads all streams up to their ends.</summary>
    internal async Task ReadAsync(Store store)
    {
        await turn.WaitAsync().ConfigureAwait(false);
        try
        {
            foreach (var table in store.Database.Catalog.All)
            {
                if (table.Definition.Stream is not null && positions.TryAdd(table.Stored.Id, default))
                {
                    Shown[table.Stored.Id] = default;
                }
            }

            foreach (var id in positions.Keys.ToArray())
            {
                await ReadAsync(store, id).ConfigureAwait(false);
            }
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task ReadAsync(Store store, uint id)
    {
        for (var pages = 0; pages < PagesMax; pages++)
        {
            var page = await store.Changes.ReadAsync(
                id, null, positions[id], ChangesMax, BytesMax, CancellationToken.None).ConfigureAwait(false);
            var (digest, count) = Shown[id];
            foreach (var change in page.Changes)
            {
                digest = ContentDigest.NextChange(digest, change);
                count++;
            }

            if (page.Changes.Count > 0)
            {
                trace.Mark(TraceMark.Shown, (int)page.Changes[^1].Position.Lsn);
            }

            HasMissed |= page.HasMissed;
            Shown[id] = (digest, count);
            positions[id] = page.Next;
            if (page.IsAtEnd)
            {
                return;
            }

            await Task.Yield();
        }

        throw new InvalidOperationException($"The stream of table {id} has no end.");
    }
}
