using Storage.Engine.Encoding;
using Storage.Engine.Files;

namespace Storage.Engine.Partitions;

/// <summary>What a source of entries says of a key.</summary>
internal enum Lookup
{
    /// <summary>Nothing: ask what lies below.</summary>
    Absent,

    /// <summary>The key was removed.</summary>
    Removed,

    Found,
}

/// <summary>
/// An immutable sorted file of entries, read block by block through the cache. Safe for many readers. The file is
/// closed, and deleted when <see cref="DeleteWhenUnused"/> said so, once nobody holds it any more.
/// </summary>
internal sealed class RunFile
{
    /// <summary>Opens a run, checks footer and root; the opener holds the first reference.</summary>
    /// <exception cref="InvalidDataException">Missing, damaged, or another file than the manifest's; the text names it.</exception>
    internal static RunFile Open(IStoreFiles files, RunKind kind, Guid store, RunInfo info, BlockCache cache) => throw new NotImplementedException();

    internal RunInfo Info => throw new NotImplementedException();

    internal string Name => throw new NotImplementedException();

    /// <summary>Entries, removals and bytes by table or index id.</summary>
    internal IReadOnlyDictionary<uint, RunTableStatistics> Tables => throw new NotImplementedException();

    internal void Acquire() => throw new NotImplementedException();

    internal void Release() => throw new NotImplementedException();

    /// <summary>The file is superseded: whoever lets go of it last deletes it.</summary>
    internal void DeleteWhenUnused() => throw new NotImplementedException();

    /// <summary>Looks a key up; writes the value behind what <paramref name="value"/> holds when found.</summary>
    /// <exception cref="DamagedBlockException">A block that is needed is damaged.</exception>
    internal Lookup Find(ReadOnlySpan<byte> key, ValueWriter value) => throw new NotImplementedException();
}

/// <summary>One table's or index's part of a run.</summary>
internal readonly record struct RunTableStatistics(long EntryCount, long RemovalCount, long Bytes);
