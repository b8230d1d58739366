using Storage.Engine.Encoding;

namespace Storage.Engine.Partitions;

/// <summary>
/// Reads the entries of a partition in key order, either way, out of all its layers. Each call copies a page of active
/// and one of frozen memory under one hold of the latch and merges outside of it, over the keys that both pages cover,
/// with what the runs hold there: an item that moves from layer to layer meanwhile is neither missed nor met twice.
/// Reusable; belongs to one cursor.
/// </summary>
internal sealed class PartitionReader
{
    /// <summary>Entries walked in one call, hidden ones included: a long stretch of removals must not make it endless.</summary>
    private const int WalkedMax = 4096;

    private readonly EntryPage active;
    private EntryPage? frozen;
    private EntryPage? merged;
    private RunSetCursor? cursor;
    private KeyBuffer? bound; // of the keys that the memory pages cover

    internal PartitionReader() => Page = active = new EntryPage();

    /// <summary>What the last call gave: entries that are there, none of them removed.</summary>
    internal EntryPage Page { get; private set; }

    /// <summary>
    /// Gives the next entries between two bounds, which lie within the partition's keys; the lower one is inclusive, the
    /// upper one exclusive. Reading begins at <paramref name="near"/> (the lower one when ascending) and moves it behind
    /// what was read. <see cref="Page"/> says whether the partition is exhausted; it may be without entries and not
    /// exhausted. May read the disk.
    /// </summary>
    /// <exception cref="DamagedBlockException">A block that is needed is damaged; the partition takes no more writes.</exception>
    internal void Read(
        Partition partition, bool ascending, KeyBuffer near, ReadOnlySpan<byte> far, int entriesMax, int bytesMax)
    {
        Page = active;
        if (partition.ReadPages(ascending, near.Span, far, entriesMax, bytesMax, active, ref frozen) is not { } below)
        {
            if (active.Count > 0)
            {
                MoveBehind(active, ascending, near);
            }

            return;
        }

        Page = merged ??= new EntryPage();
        merged.Clear();
        merged.Lsn = Math.Max(active.Lsn, frozen!.Lsn);
        try
        {
            Merge(below, ascending, near, far, entriesMax, bytesMax, merged);
        }
        catch (DamagedBlockException met)
        {
            partition.MarkDamaged(met);
            throw;
        }
        finally
        {
            cursor?.Stop();
            below.Release();
        }
    }

    /// <summary>Forgets what was read.</summary>
    internal void Clear()
    {
        active.Clear();
        Page = active;
    }

    private static void MoveBehind(EntryPage page, bool ascending, KeyBuffer near)
    {
        near.CopyFrom(page.Key(page.Count - 1));
        if (ascending)
        {
            near.MoveBehind();
        }
    }

    private void Merge(
        RunSet below, bool ascending, KeyBuffer near, ReadOnlySpan<byte> far, int entriesMax, int bytesMax, EntryPage output)
    {
        var exhausted = FindBound(ascending, far);
        var end = bound!.Span;
        var activeCount = active.CountWithin(end, ascending);
        var frozenCount = frozen!.CountWithin(end, ascending);
        var inRuns = below.Runs.Count > 0 && Compare(near.Span, end, ascending) < 0 && StartRuns(below, ascending, near.Span, end);
        var walked = 0;
        var a = 0;
        var f = 0;
        while (a < activeCount || f < frozenCount || inRuns)
        {
            // The nearest key; of several layers that have it the newest one counts, the others are passed by.
            var layer = Layer.None;
            ReadOnlySpan<byte> key = default;
            if (a < activeCount)
            {
                layer = Layer.Active;
                key = active.Key(a);
            }

            if (f < frozenCount)
            {
                var order = layer == Layer.None ? -1 : Compare(frozen.Key(f), key, ascending);
                if (order < 0)
                {
                    layer = Layer.Frozen;
                    key = frozen.Key(f);
                }
                else if (order == 0)
                {
                    f++;
                }
            }

            if (inRuns)
            {
                var order = layer == Layer.None ? -1 : Compare(cursor!.Key, key, ascending);
                if (order < 0)
                {
                    layer = Layer.Runs;
                    key = cursor!.Key;
                }
                else if (order == 0)
                {
                    inRuns = cursor!.MoveNext();
                }
            }

            if (output.Count >= entriesMax || output.Bytes >= bytesMax || walked == WalkedMax)
            {
                near.CopyFrom(key);
                if (!ascending)
                {
                    near.MoveBehind();
                }

                return;
            }

            walked++;
            var value = layer switch
            {
                Layer.Active => active.Value(a),
                Layer.Frozen => frozen.Value(f),
                _ => cursor!.Value,
            };
            if (!value.IsEmpty)
            {
                output.Add(key, default, value);
            }

            switch (layer)
            {
                case Layer.Active:
                    a++;
                    break;
                case Layer.Frozen:
                    f++;
                    break;
                default:
                    inRuns = cursor!.MoveNext();
                    break;
            }
        }

        output.Exhausted = exhausted;
        if (!exhausted)
        {
            near.CopyFrom(end);
        }
    }

    /// <summary>Sets the bound of the keys that both memory pages cover; true when that is the far one.</summary>
    private bool FindBound(bool ascending, ReadOnlySpan<byte> far)
    {
        bound ??= new KeyBuffer();
        if (active.Exhausted && frozen!.Exhausted)
        {
            bound.CopyFrom(far);
            return true;
        }

        // A page that is not exhausted has entries and covers the keys up to its last one.
        var shorter = active.Exhausted ? frozen!
            : frozen!.Exhausted || Compare(active.Key(active.Count - 1), frozen.Key(frozen.Count - 1), ascending) < 0 ? active
            : frozen;
        MoveBehind(shorter, ascending, bound);
        return false;
    }

    private bool StartRuns(RunSet below, bool ascending, ReadOnlySpan<byte> near, ReadOnlySpan<byte> end)
    {
        cursor ??= new RunSetCursor();
        if (ascending)
        {
            cursor.Start(below, near, end, true);
        }
        else
        {
            cursor.Start(below, end, near, false);
        }

        return cursor.MoveNext();
    }

    private static int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, bool ascending)
    {
        var order = left.SequenceCompareTo(right);
        return ascending ? order : -order;
    }

    private enum Layer
    {
        None,
        Active,
        Frozen,
        Runs,
    }
}
