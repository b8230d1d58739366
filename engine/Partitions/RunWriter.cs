using System.Buffers.Binary;
using System.Globalization;
using Storage.Engine.Files;

namespace Storage.Engine.Partitions;

/// <summary>
/// Writes one run from entries in ascending key order. Its memory does not grow with the run: a block a level, the
/// hashes of one filter, the counts by table, and a buffer. Byte layout: docs/FILE_FORMATS.md, Runs.
/// </summary>
internal sealed class RunWriter : IDisposable
{
    private const int NumberDigits = 8;

    private readonly IStoreFile file;
    private readonly Guid store;
    private readonly RunKind kind;
    private readonly RunLayout layout;
    private readonly RunInfo facts;
    private readonly RunChecksum checksum;
    private readonly RunOutput output;
    private readonly RunTreeBuilder tree;

    // By id, in ascending order as the keys are; the open one is not among them yet.
    private readonly List<(uint Id, RunTableStatistics Table)> tables = [];
    private uint tableId;
    private RunTableStatistics table;
    private RunTableStatistics total;

    /// <summary>Creates the file; its directory entry is the caller's to sync, by <see cref="IStoreFiles.SyncDirectory"/>.</summary>
    internal RunWriter(IStoreFiles files, RunKind kind, Guid store, long number, int level, long firstLsn, long lastLsn)
        : this(files, kind, store, number, level, firstLsn, lastLsn, RunLayout.Standard)
    {
    }

    /// <summary>As the other, with blocks of another size.</summary>
    internal RunWriter(
        IStoreFiles files, RunKind kind, Guid store, long number, int level, long firstLsn, long lastLsn, RunLayout layout)
    {
        this.store = store;
        this.kind = kind;
        this.layout = layout;
        facts = new RunInfo(number, level, firstLsn, lastLsn, 0, 0, 0, 0, 0);
        checksum = new RunChecksum(store, number);
        file = files.Open(NameOf(kind, number), create: true);
        try
        {
            file.SetLength(0); // what an attempt that failed left under this number
            output = new RunOutput(file);
            tree = new RunTreeBuilder(output, checksum, layout);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Entries added so far.</summary>
    internal long EntryCount => total.EntryCount;

    /// <summary>Name of a file of that kind and number.</summary>
    internal static string NameOf(RunKind kind, long number) =>
        number.ToString("D8", CultureInfo.InvariantCulture) + ExtensionOf(kind);

    /// <summary>The number in a file's name; false when it is no such name.</summary>
    internal static bool TryParseName(string name, out RunKind kind, out long number)
    {
        kind = name.EndsWith(ExtensionOf(RunKind.History), StringComparison.Ordinal) ? RunKind.History : RunKind.State;
        number = 0;
        var extension = ExtensionOf(kind);
        return name.EndsWith(extension, StringComparison.Ordinal)
            && name.Length - extension.Length >= NumberDigits
            && long.TryParse(name.AsSpan(0, name.Length - extension.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && NameOf(kind, number) == name;
    }

    /// <summary>Adds an entry whose key is greater than the one before; an empty value says that the key is gone.</summary>
    /// <exception cref="ArgumentException">The key is not greater, or longer than 65,535 bytes.</exception>
    internal void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        tree.Add(key, value);
        var id = RunTableStatistics.IdOf(key);
        if (id != tableId)
        {
            CloseTable();
            tableId = id;
        }

        table = table.With(key, value);
        total = total.With(key, value);
    }

    /// <summary>Writes what is left, syncs the file and says what the manifest must know.</summary>
    internal RunInfo Finish(long lastTimeMicros)
    {
        RunReference root = default;
        RunReference statistics = default;
        if (total.EntryCount > 0)
        {
            root = tree.Finish();
            statistics = WriteStatistics();
        }

        var info = facts with
        {
            LengthBytes = output.Position + RunFooter.SizeBytes,
            EntryCount = total.EntryCount,
            RemovalCount = total.RemovalCount,
            LastTimeMicros = lastTimeMicros,
        };
        Span<byte> footer = stackalloc byte[RunFooter.SizeBytes];
        var footerChecksum =
            new RunFooter(store, kind, tree.RootLevel, layout.FilterBlockBytes, root, statistics, info).Write(footer);
        output.Append(footer);
        output.Flush();
        file.Sync();
        return info with { Checksum = footerChecksum };
    }

    /// <summary>Closes the file, finished or not.</summary>
    public void Dispose() => file.Dispose();

    private static string ExtensionOf(RunKind kind) => kind == RunKind.History ? ".history" : ".run";

    private void CloseTable()
    {
        if (table.EntryCount > 0)
        {
            tables.Add((tableId, table));
            table = default;
        }
    }

    private RunReference WriteStatistics()
    {
        CloseTable();
        var block = new RunBlockBuilder(bytesMax: 0, entriesMin: int.MaxValue);
        Span<byte> key = stackalloc byte[RunTableStatistics.IdBytes];
        Span<byte> value = stackalloc byte[RunTableStatistics.SizeBytes];
        foreach (var (id, statistics) in tables)
        {
            BinaryPrimitives.WriteUInt32BigEndian(key, id);
            statistics.Write(value);
            block.Add(key, value);
        }

        var bytes = block.Close(RunBlockKind.Statistics, level: 0);
        var reference = new RunReference(output.Position, bytes.Length, 0);
        checksum.Stamp(reference.Offset, bytes);
        output.Append(bytes);
        return reference;
    }
}
