using System.Buffers.Binary;
using Storage.Engine.Files;

namespace Storage.Engine.Partitions;

/// <summary>
/// Reads a whole run past any cache and tells everything that is wrong with it: blocks that are not what was written,
/// entries out of order or under the wrong separator, gaps, a filter that lacks a key, counts that differ. Entries that
/// are readable are shown all the same, also below a damaged index block; so a repair can save them.
/// </summary>
internal sealed class RunCheck
{
    private readonly IStoreFile file;
    private readonly string name;
    private readonly RunFooter footer;
    private readonly RunBlockReader reader;
    private readonly Action<RunFinding> found;
    private readonly RunEntryCheck entries;
    private readonly List<ulong> hashes = []; // of the keys below the present level-1 block
    private long next; // where the block after the last one must begin
    private bool isDamaged;

    private RunCheck(IStoreFile file, string name, RunFooter footer, Action<RunFinding> found, RunEntryCheck entries)
    {
        this.file = file;
        this.name = name;
        this.footer = footer;
        this.found = found;
        this.entries = entries;
        reader = new RunBlockReader(file, name, new RunChecksum(footer.Store, footer.Info.Number));
    }

    /// <summary>Checks the file that should be that run; returns the number of entries that were readable.</summary>
    /// <param name="files">The store's files.</param>
    /// <param name="kind">What the run holds.</param>
    /// <param name="store">The store's identity.</param>
    /// <param name="info">What the manifest knows of the run.</param>
    /// <param name="found">Told of each finding, in no particular order.</param>
    /// <param name="visit">Shown every readable entry, in key order unless a finding says otherwise.</param>
    internal static long Run(
        IStoreFiles files, RunKind kind, Guid store, RunInfo info, Action<RunFinding> found, RunEntryVisitor? visit = null)
    {
        var name = RunWriter.NameOf(kind, info.Number);
        if (!files.Exists(name))
        {
            found(new RunFinding(name, 0, "is missing"));
            return 0;
        }

        using var file = files.Open(name, create: false);
        var entries = new RunEntryCheck(name, found, visit);
        if (TryReadFooter(file, name, kind, store, info, found) is { } footer)
        {
            new RunCheck(file, name, footer, found, entries).CheckAll();
        }
        else
        {
            var reader = new RunBlockReader(file, name, new RunChecksum(store, info.Number));
            RunSalvage.Run(reader, 0, file.LengthBytes, found, entries.Check);
        }

        return entries.Total.EntryCount;
    }

    private static RunFooter? TryReadFooter(
        IStoreFile file, string name, RunKind kind, Guid store, RunInfo info, Action<RunFinding> found)
    {
        try
        {
            return RunRefusal.ReadFooter(file, name, kind, store, info);
        }
        catch (Exception refusal) when (refusal is InvalidDataException or IOException)
        {
            found(new RunFinding(name, Math.Max(0, file.LengthBytes - RunFooter.SizeBytes), refusal.Message));
            return null;
        }
    }

    private void CheckAll()
    {
        if (footer.Root.LengthBytes == 0)
        {
            return;
        }

        Walk(footer.Root, footer.RootLevel, [], null);
        var statistics = ReadStatistics();
        if (!isDamaged)
        {
            CompareCounts(statistics);
        }
    }

    /// <summary>Checks a block and all below it. Keys there must be at least the lower bound and less than the upper.</summary>
    private void Walk(in RunReference at, int level, byte[] lower, byte[]? upper)
    {
        var bytes = TryRead(at.Offset, at.LengthBytes, level == 0 ? RunBlockKind.Data : RunBlockKind.Index, level);
        if (level == 0)
        {
            Arrive(at.Offset, at.End);
            if (bytes is not null)
            {
                CheckEntries(new RunBlock(bytes), at.Offset, lower, upper);
            }

            return;
        }

        var below = next;
        if (bytes is not null)
        {
            WalkChildren(new RunBlock(bytes), at.Offset, level, lower, upper);
        }
        else if (below <= at.FilterOffset)
        {
            RunSalvage.Run(reader, below, at.FilterOffset, found, entries.Check);
            next = at.FilterOffset;
        }

        if (level == 1)
        {
            Arrive(at.FilterOffset, at.Offset);
            CheckFilter(at, isComplete: bytes is not null);
        }

        Arrive(at.Offset, at.End);
    }

    private void WalkChildren(in RunBlock block, long offset, int level, byte[] lower, byte[]? upper)
    {
        var separator = KeyOf(block, 0);
        if (!separator.AsSpan().SequenceEqual(lower))
        {
            Report(offset, "begins with another separator than its parent's");
        }

        for (var i = 0; i < block.Count; i++)
        {
            var following = i + 1 < block.Count ? KeyOf(block, i + 1) : upper;
            if (following is not null && separator.AsSpan().SequenceCompareTo(following) >= 0)
            {
                Report(offset, $"has its separator {i} out of order");
            }

            var child = RunReference.Read(block.Value(i));
            var hasFilter = level == 2;
            if (hasFilter && (child.FilterBytes <= 0 || child.FilterBytes % footer.FilterBlockBytes != 0))
            {
                Report(offset, $"gives child {i} an impossible filter");
            }
            else
            {
                Walk(child, level - 1, separator, following);
            }

            separator = following ?? separator;
        }
    }

    private void CheckEntries(in RunBlock block, long offset, byte[] lower, byte[]? upper)
    {
        if (block.CompareKey(0, lower) < 0 || (upper is not null && block.CompareKey(block.Count - 1, upper) >= 0))
        {
            Report(offset, "has keys that its separators do not allow");
        }

        entries.Check(block, offset);
        for (var i = 0; i < block.Count; i++)
        {
            var key = KeyOf(block, i);
            hashes.Add(RunFilter.HashOf(key));
            if (key.Length >= RunFilter.PrefixBytes)
            {
                hashes.Add(RunFilter.HashOf(key.AsSpan(0, RunFilter.PrefixBytes)));
            }
        }
    }

    private void CheckFilter(in RunReference at, bool isComplete)
    {
        var size = footer.FilterBlockBytes;
        var blocks = new byte[at.FilterBytes];
        var isReadable = true;
        for (var start = 0; start < blocks.Length; start += size)
        {
            var block = TryRead(at.FilterOffset + start, size, RunBlockKind.Filter, level: 0);
            isReadable &= block is not null;
            block?.CopyTo(blocks, start);
        }

        var lacking = 0;
        foreach (var hash in hashes)
        {
            var line = RunFilter.LineOf(hash, blocks.Length / size, size);
            lacking += isReadable && !RunFilter.IsSet(blocks.AsSpan(line, RunFilter.LineBytes), hash) ? 1 : 0;
        }

        if (isComplete && lacking > 0)
        {
            Report(at.FilterOffset, $"is a filter that lacks {lacking} of {hashes.Count} keys and beginnings of keys");
        }

        hashes.Clear();
    }

    private Dictionary<uint, RunTableStatistics>? ReadStatistics()
    {
        var bytes = TryRead(footer.Statistics.Offset, footer.Statistics.LengthBytes, RunBlockKind.Statistics, level: 0);
        Arrive(footer.Statistics.Offset, footer.Statistics.End);
        if (bytes is null)
        {
            return null;
        }

        var block = new RunBlock(bytes);
        var tables = new Dictionary<uint, RunTableStatistics>();
        for (var i = 0; i < block.Count; i++)
        {
            tables[BinaryPrimitives.ReadUInt32BigEndian(KeyOf(block, i))] = RunTableStatistics.Read(block.Value(i));
        }

        return tables;
    }

    private void CompareCounts(Dictionary<uint, RunTableStatistics>? statistics)
    {
        var total = entries.Total;
        if (total.EntryCount != footer.Info.EntryCount || total.RemovalCount != footer.Info.RemovalCount)
        {
            Report(
                footer.Statistics.End,
                $"is a footer of {footer.Info.EntryCount} entries and {footer.Info.RemovalCount} removals; there are {total.EntryCount} and {total.RemovalCount}");
        }

        if (statistics is not null
            && (statistics.Count != entries.Tables.Count
                || entries.Tables.Any(table => !statistics.TryGetValue(table.Key, out var stated) || stated != table.Value)))
        {
            Report(footer.Statistics.Offset, "counts other entries by table than there are");
        }
    }

    private byte[]? TryRead(long offset, int length, RunBlockKind kind, int level)
    {
        string? fault;
        var bytes = new byte[length];
        try
        {
            fault = file.Read(offset, bytes) < length ? "is cut off by the end of the file"
                : reader.FaultOf(offset, bytes)
                ?? (RunBlock.KindOf(bytes) == kind && RunBlock.LevelOf(bytes) == level ? null : "is not of the kind that refers to it");
        }
        catch (IOException failure)
        {
            fault = "cannot be read: " + failure.Message;
        }

        if (fault is null)
        {
            return bytes;
        }

        isDamaged = true;
        Report(offset, fault);
        return null;
    }

    /// <summary>Blocks lie without a gap in the order of this walk.</summary>
    private void Arrive(long offset, long end)
    {
        if (offset != next)
        {
            Report(offset, $"does not begin where the block before it ends, at {next}");
        }

        next = end;
    }

    private void Report(long offset, string text) => found(new RunFinding(name, offset, text));

    private static byte[] KeyOf(in RunBlock block, int index) => [.. block.Prefix, .. block.Suffix(index)];
}
