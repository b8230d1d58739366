using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>
/// Looks through a package of code before it is stored: everything in it can be unpacked below one directory, and what
/// comes out is counted while it is read, whatever its headers say. Nothing is written. Symbolic links are let through
/// when they stay inside: their target climbs first and then only descends, and nothing lies below a link, so a link
/// cannot lead another one out.
/// </summary>
internal static class ZipPackage
{
    /// <summary>More files than any package of 50 MB needs; each costs memory before a byte of it is read.</summary>
    internal const int EntriesMax = 100_000;

    private const int PathBytesMax = 1024;

    private const int LinkBytesMax = 1024;

    private const int UnixTypeMask = 0xF000;

    private const int UnixLink = 0xA000;

    private const int UnixDirectory = 0x4000;

    private const int UnixFile = 0x8000;

    /// <exception cref="AwsException">
    /// InvalidParameterValueException: empty, not a zip, damaged, with a path that leads out, or too large unpacked;
    /// RequestEntityTooLargeException: too large.
    /// </exception>
    internal static void ThrowIfRefused(byte[] zip, LambdaOptions options)
    {
        if (zip.Length == 0)
        {
            throw LambdaFault.Invalid("Uploaded file must be a non-empty zip");
        }

        if (zip.LongLength > options.CodeZippedBytesMax)
        {
            throw LambdaFault.TooLarge(string.Create(
                CultureInfo.InvariantCulture, $"Zipped size must be smaller than {options.CodeZippedBytesMax} bytes"));
        }

        try
        {
            if (CountEntries(zip) is not (> 0 and <= EntriesMax))
            {
                throw Unreadable();
            }

            using var archive = new ZipArchive(new MemoryStream(zip, false), ZipArchiveMode.Read);
            Inspect(archive, options.CodeUnzippedBytesMax);
        }
        catch (Exception damaged) when (damaged is InvalidDataException or NotSupportedException or EndOfStreamException
            or ArgumentException or OverflowException or IOException)
        {
            throw Unreadable();
        }
    }

    private static void Inspect(ZipArchive archive, long unzippedBytesMax)
    {
        var kinds = new Dictionary<string, int>(archive.Entries.Count, StringComparer.Ordinal);
        var total = 0L;
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            foreach (var entry in archive.Entries)
            {
                var path = PathOf(entry);
                var kind = KindOf(entry, path);
                if (!kinds.TryAdd(path, kind) && (kinds[path] != kind || kind == UnixLink))
                {
                    throw Unreadable();
                }

                using var link = kind == UnixLink ? new MemoryStream() : null;
                total += Read(entry, link, unzippedBytesMax - total, buffer);
                if (total >= unzippedBytesMax)
                {
                    throw LambdaFault.Invalid(string.Create(
                        CultureInfo.InvariantCulture, $"Unzipped size must be smaller than {unzippedBytesMax} bytes"));
                }

                if (link is not null)
                {
                    ThrowIfLeadsOut(path, Encoding.UTF8.GetString(link.GetBuffer(), 0, (int)link.Length));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        var byPath = kinds.GetAlternateLookup<ReadOnlySpan<char>>();
        if (kinds.Keys.Any(path => LiesBelowAFile(path, byPath)))
        {
            throw Unreadable();
        }
    }

    /// <summary>Unpacks an entry to nowhere and gives its bytes, or some number over the limit.</summary>
    private static long Read(ZipArchiveEntry entry, MemoryStream? link, long bytesMax, byte[] buffer)
    {
        if (entry.IsEncrypted)
        {
            throw Unreadable();
        }

        using var content = entry.Open();
        var crc = new Crc32();
        var bytes = 0L;
        int count;
        while ((count = content.Read(buffer, 0, buffer.Length)) > 0)
        {
            bytes += count;
            if (bytes > bytesMax || (link is not null && bytes > LinkBytesMax))
            {
                return link is null ? bytes : throw Unreadable();
            }

            crc.Append(buffer.AsSpan(0, count));
            link?.Write(buffer, 0, count);
        }

        return bytes == entry.Length && crc.GetCurrentHashAsUInt32() == entry.Crc32 ? bytes : throw Unreadable();
    }

    /// <summary>The path below the root, without a slash at its end; refused when it would be anywhere else.</summary>
    private static string PathOf(ZipArchiveEntry entry)
    {
        var name = entry.FullName;
        var type = UnixTypeOf(entry);
        if (name.Length == 0
            || Encoding.UTF8.GetByteCount(name) > PathBytesMax
            || name.Contains('\0', StringComparison.Ordinal)
            || (type is not (0 or UnixFile or UnixDirectory or UnixLink)))
        {
            throw Unreadable();
        }

        // Tools on Windows write the other slash.
        var path = name.Replace('\\', '/');
        if (path[0] == '/' || (path.Length > 1 && path[1] == ':' && char.IsAsciiLetter(path[0])))
        {
            throw Unreadable();
        }

        var segments = path.TrimEnd('/').Split('/');
        if (segments.Contains("..") || segments.Any(segment => Encoding.UTF8.GetByteCount(segment) > 255))
        {
            throw Unreadable();
        }

        return string.Join('/', segments.Where(segment => segment is not ("" or ".")));
    }

    /// <summary>What is made of an entry: a directory by the slash at its name's end, whatever its mode says.</summary>
    private static int KindOf(ZipArchiveEntry entry, string path)
    {
        if (entry.FullName[^1] is '/' or '\\')
        {
            return UnixDirectory;
        }

        return path.Length == 0 ? throw Unreadable() : UnixTypeOf(entry) == UnixLink ? UnixLink : UnixFile;
    }

    /// <summary>Type bits of the mode that tools on Unix keep in the upper half; 0 where there are none.</summary>
    private static int UnixTypeOf(ZipArchiveEntry entry) => (entry.ExternalAttributes >> 16) & UnixTypeMask;

    private static void ThrowIfLeadsOut(string path, string target)
    {
        if (target.Length == 0 || target[0] == '/' || target.Contains('\0', StringComparison.Ordinal))
        {
            throw Unreadable();
        }

        var depth = path.Count(character => character == '/');
        var descended = false;
        foreach (var segment in target.Split('/'))
        {
            if (segment == "..")
            {
                depth--;
                if (descended || depth < 0)
                {
                    throw Unreadable();
                }
            }
            else if (segment is not ("" or "."))
            {
                descended = true;
            }
        }
    }

    /// <summary>Below a file or a link, where nothing can be.</summary>
    private static bool LiesBelowAFile(string path, Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> kinds)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            if (kinds.TryGetValue(path.AsSpan(0, slash), out var kind) && kind != UnixDirectory)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Entries the central directory really has, counted before anything is made of them; null when it is none. The end
    /// record is the last in the file, where the reader of archives looks too.
    /// </summary>
    private static int? CountEntries(ReadOnlySpan<byte> zip)
    {
        const int endBytes = 22;
        const int headerBytes = 46;
        var tail = zip[^Math.Min(zip.Length, endBytes + ushort.MaxValue)..];
        var end = tail.LastIndexOf("PK\x05\x06"u8);
        if (end < 0 || tail.Length - end < endBytes)
        {
            return null;
        }

        var start = BinaryPrimitives.ReadUInt32LittleEndian(tail[(end + 16)..]);
        if (start == uint.MaxValue)
        {
            return null; // Zip64, for archives over 4 GB or 65,535 files: no package needs it.
        }

        var count = 0;
        var at = (long)start;
        while (at + headerBytes <= zip.Length && zip[(int)at..].StartsWith("PK\x01\x02"u8) && count <= EntriesMax)
        {
            var header = zip[(int)at..];
            at += headerBytes
                + BinaryPrimitives.ReadUInt16LittleEndian(header[28..])
                + BinaryPrimitives.ReadUInt16LittleEndian(header[30..])
                + BinaryPrimitives.ReadUInt16LittleEndian(header[32..]);
            count++;
        }

        return count;
    }

    private static AwsException Unreadable() =>
        LambdaFault.Invalid("Could not unzip uploaded file. Please check your file, then try to upload again.");
}
