using System.Buffers.Binary;
using System.IO.Hashing;
using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Partitions;

namespace Storage.Engine.Recovery;

/// <summary>Reads and replaces a store's manifest. Byte layout: docs/FILE_FORMATS.md, MANIFEST.</summary>
internal static class ManifestFile
{
    internal const string Name = "MANIFEST";

    /// <summary>The next manifest until it takes the place of the last one.</summary>
    internal const string NextName = "MANIFEST.new";

    /// <summary>Version 1 lacks the LSN that the history was trimmed to.</summary>
    internal const byte Version = 2;

    private const int FormerHeaderBytes = 80;
    private const int HeaderBytes = 88;
    private const int EntryBytes = 72;
    private const int ChecksumBytes = 8;
    private const int FilesMax = 1_000_000;

    private static ReadOnlySpan<byte> Magic => "STORMAN"u8;

    /// <summary>The manifest of a store; null when there is none.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or of another version.</exception>
    internal static Manifest? Read(IStoreFiles files)
    {
        if (!files.Exists(Name))
        {
            return null;
        }

        using var file = files.Open(Name, create: false);
        if (file.LengthBytes > HeaderBytes + ((long)FilesMax * EntryBytes) + ChecksumBytes)
        {
            throw Damaged("it is too long");
        }

        var bytes = new byte[file.LengthBytes];
        if (file.Read(0, bytes) != bytes.Length || bytes.Length < FormerHeaderBytes + ChecksumBytes || !bytes.AsSpan().StartsWith(Magic))
        {
            throw Damaged("it does not begin as one");
        }

        var version = bytes[Magic.Length];
        if (version is < 1 or > Version)
        {
            throw new InvalidDataException(
                $"{Name} is of format {version}; this build reads up to {Version}. Nothing was changed.");
        }

        var headerBytes = version < Version ? FormerHeaderBytes : HeaderBytes;

        var content = bytes.AsSpan(0, bytes.Length - ChecksumBytes);
        if (XxHash3.HashToUInt64(content) != BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(content.Length)))
        {
            throw Damaged("its checksum is not that of its content");
        }

        var runCount = BinaryPrimitives.ReadInt32LittleEndian(content[72..]);
        var historyCount = BinaryPrimitives.ReadInt32LittleEndian(content[76..]);
        if (runCount < 0 || historyCount < 0 || content.Length != headerBytes + (((long)runCount + historyCount) * EntryBytes))
        {
            throw Damaged("its length is not the one it says");
        }

        return new Manifest(
            new Guid(content.Slice(8, 16), bigEndian: true),
            BinaryPrimitives.ReadInt64LittleEndian(content[24..]),
            new LogPosition(
                BinaryPrimitives.ReadInt64LittleEndian(content[32..]),
                BinaryPrimitives.ReadInt64LittleEndian(content[40..]),
                BinaryPrimitives.ReadUInt64LittleEndian(content[48..]),
                BinaryPrimitives.ReadInt64LittleEndian(content[56..])),
            BinaryPrimitives.ReadInt64LittleEndian(content[64..]),
            ReadEntries(content[headerBytes..], runCount),
            ReadEntries(content[(headerBytes + (runCount * EntryBytes))..], historyCount))
        {
            TrimmedLsn = version < Version ? 0 : BinaryPrimitives.ReadInt64LittleEndian(content[FormerHeaderBytes..]),
        };
    }

    /// <summary>
    /// Replaces the manifest in one step. Every file it names is whole, synced, and in the directory durably before.
    /// When this throws, either manifest may be the one that an opening finds: the files of both must stay.
    /// </summary>
    internal static void Replace(IStoreFiles files, Manifest manifest)
    {
        Prepare(files, manifest);
        Exchange(files);
    }

    /// <summary>The first half of <see cref="Replace"/>: when this throws, the manifest is the one it was.</summary>
    internal static void Prepare(IStoreFiles files, Manifest manifest)
    {
        var bytes = Encode(manifest);
        if (files.Exists(NextName))
        {
            // Of a crash, or of a sync that failed: what is written into that file again may never reach the disk.
            files.Delete(NextName);
        }

        using (var next = files.Open(NextName, create: true))
        {
            next.Write(0, bytes);

            // IMPORTANT: before the rename. A name that leads to unwritten bytes is a store that cannot be opened.
            next.Sync();
        }
    }

    /// <summary>The second half: when this throws, nobody knows which manifest it is.</summary>
    internal static void Exchange(IStoreFiles files)
    {
        files.Rename(NextName, Name);
        files.SyncDirectory();
    }

    private static byte[] Encode(Manifest manifest)
    {
        var bytes = new byte[HeaderBytes + ((manifest.Runs.Count + manifest.History.Count) * EntryBytes) + ChecksumBytes];
        Magic.CopyTo(bytes);
        bytes[Magic.Length] = Version;
        _ = manifest.Store.TryWriteBytes(bytes.AsSpan(8), bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), manifest.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), manifest.Position.Lsn);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), manifest.Position.Address);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(48), manifest.Position.Checksum);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(56), manifest.Position.TimeMicros);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(64), manifest.NextFileNumber);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(72), manifest.Runs.Count);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(76), manifest.History.Count);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(FormerHeaderBytes), manifest.TrimmedLsn);
        var offset = HeaderBytes;
        foreach (var run in manifest.Runs.Concat(manifest.History))
        {
            WriteEntry(bytes.AsSpan(offset), run);
            offset += EntryBytes;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(offset), XxHash3.HashToUInt64(bytes.AsSpan(0, offset)));
        return bytes;
    }

    private static void WriteEntry(Span<byte> entry, RunInfo run)
    {
        BinaryPrimitives.WriteInt64LittleEndian(entry, run.Number);
        BinaryPrimitives.WriteInt64LittleEndian(entry[8..], run.Level);
        BinaryPrimitives.WriteInt64LittleEndian(entry[16..], run.FirstLsn);
        BinaryPrimitives.WriteInt64LittleEndian(entry[24..], run.LastLsn);
        BinaryPrimitives.WriteInt64LittleEndian(entry[32..], run.LengthBytes);
        BinaryPrimitives.WriteInt64LittleEndian(entry[40..], run.EntryCount);
        BinaryPrimitives.WriteInt64LittleEndian(entry[48..], run.RemovalCount);
        BinaryPrimitives.WriteInt64LittleEndian(entry[56..], run.LastTimeMicros);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[64..], run.Checksum);
    }

    private static RunInfo[] ReadEntries(ReadOnlySpan<byte> source, int count)
    {
        var runs = new RunInfo[count];
        for (var i = 0; i < count; i++)
        {
            var entry = source[(i * EntryBytes)..];
            runs[i] = new RunInfo(
                BinaryPrimitives.ReadInt64LittleEndian(entry),
                (int)BinaryPrimitives.ReadInt64LittleEndian(entry[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(entry[16..]),
                BinaryPrimitives.ReadInt64LittleEndian(entry[24..]),
                BinaryPrimitives.ReadInt64LittleEndian(entry[32..]),
                BinaryPrimitives.ReadInt64LittleEndian(entry[40..]),
                BinaryPrimitives.ReadInt64LittleEndian(entry[48..]),
                BinaryPrimitives.ReadInt64LittleEndian(entry[56..]),
                BinaryPrimitives.ReadUInt64LittleEndian(entry[64..]));
        }

        return runs;
    }

    private static InvalidDataException Damaged(string reason) => new(
        $"{Name} is damaged: {reason}. Nothing was changed. Restore the file from a copy, or run 'repair'.");
}
