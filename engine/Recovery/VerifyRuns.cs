using System.Buffers.Binary;
using Storage.Engine.Files;
using Storage.Engine.Partitions;
using Storage.Engine.Streams;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>A part of a run that is not what was written, and the readable keys around it.</summary>
/// <param name="Run">The run.</param>
/// <param name="Kind">What its entries are.</param>
/// <param name="Finding">What is wrong, and where.</param>
/// <param name="Low">Last readable key before it; null when there is none.</param>
/// <param name="High">First readable key behind it; null when there is none.</param>
internal sealed record VerifyRunDamage(RunInfo Run, RunKind Kind, RunFinding Finding, byte[]? Low, byte[]? High);

/// <summary>
/// Reads every block of every run and history file, and remembers of the entries what a store is opened with: catalog
/// items and the states of partitions.
/// </summary>
internal sealed class VerifyRuns(IStoreFiles files, Manifest manifest)
{
    private const int DamagesMax = 10_000;

    private readonly SortedDictionary<byte[], byte[]> catalog = new(KeyOrder.Instance);
    private readonly Dictionary<uint, long> sequences = [];
    private readonly List<VerifyRunDamage> damages = [];
    private readonly Dictionary<long, long> lost = [];

    /// <summary>Newest catalog items that are readable, removed ones left out.</summary>
    internal IReadOnlyDictionary<byte[], byte[]> Catalog => catalog;

    /// <summary>Sequences of the partitions at the checkpoint.</summary>
    internal IReadOnlyDictionary<uint, long> Sequences => sequences;

    /// <summary>All that is wrong, oldest run first.</summary>
    internal IReadOnlyList<VerifyRunDamage> Damages => damages;

    internal bool IsDamaged => damages.Count > 0;

    /// <summary>Entries of a run that could not be read.</summary>
    internal long LostCount(RunInfo run) => lost.GetValueOrDefault(run.Number);

    /// <summary>Reads everything once.</summary>
    internal void Check(CancellationToken cancellation)
    {
        // From the oldest on: what comes later is newer and counts.
        foreach (var run in manifest.Runs.Reverse())
        {
            cancellation.ThrowIfCancellationRequested();
            Check(run, RunKind.State, TakeSystemEntry);
        }

        foreach (var run in manifest.History.Reverse())
        {
            cancellation.ThrowIfCancellationRequested();
            Check(run, RunKind.History, TakeHistoryEntry);
        }
    }

    /// <summary>Shows the readable entries of all runs, those of the oldest first.</summary>
    internal long Visit(RunEntryVisitor visit, CancellationToken cancellation)
    {
        long count = 0;
        foreach (var run in manifest.Runs.Reverse())
        {
            cancellation.ThrowIfCancellationRequested();
            count += RunCheck.Run(files, RunKind.State, manifest.Store, run, static _ => { }, visit);
        }

        return count;
    }

    private void Check(RunInfo run, RunKind kind, RunEntryVisitor visit)
    {
        byte[]? last = null;
        var open = new List<RunFinding>();
        var read = RunCheck.Run(files, kind, manifest.Store, run, open.Add, (key, value) =>
        {
            if (open.Count > 0)
            {
                Close(run, kind, open, last, key.ToArray());
            }

            if (last is null || last.Length != key.Length)
            {
                last = new byte[key.Length];
            }

            key.CopyTo(last);
            try
            {
                visit(key, value);
            }
            catch (Exception damage) when (damage is InvalidDataException or ArgumentException or IndexOutOfRangeException)
            {
                open.Add(new RunFinding(RunWriter.NameOf(kind, run.Number), 0, $"holds an entry that makes no sense: {damage.Message}"));
            }
        });
        Close(run, kind, open, last, null);
        lost[run.Number] = Math.Max(0, run.EntryCount - read);
    }

    private void Close(RunInfo run, RunKind kind, List<RunFinding> open, byte[]? low, byte[]? high)
    {
        var kept = low is null ? null : (byte[])low.Clone();
        foreach (var finding in open)
        {
            if (damages.Count < DamagesMax)
            {
                damages.Add(new VerifyRunDamage(run, kind, finding, kept, high));
            }
        }

        open.Clear();
    }

    private static void TakeHistoryEntry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length != HistoryEntry.KeyBytes)
        {
            throw new InvalidDataException($"a past change has a key of {key.Length} bytes");
        }

        _ = HistoryEntry.Read(key, value).Change.Key;
    }

    private void TakeSystemEntry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length < sizeof(uint))
        {
            return;
        }

        var id = BinaryPrimitives.ReadUInt32BigEndian(key);
        if (id == SystemTables.CatalogId)
        {
            catalog.Remove(key.ToArray());
            if (!value.IsEmpty)
            {
                catalog.Add(key.ToArray(), value.ToArray());
            }
        }
        else if (id == SystemTables.PartitionStatesId && !value.IsEmpty)
        {
            sequences[PartitionStates.ReadKey(key).PartitionId] = PartitionStates.ReadValue(value).Sequence;
        }
    }

    private sealed class KeyOrder : IComparer<byte[]>
    {
        internal static KeyOrder Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
