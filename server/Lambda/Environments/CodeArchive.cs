using System.IO.Compression;

namespace Storage.Server.Lambda.Environments;

/// <summary>Unpacks a function's zip. Its content is a user's: no name leads out of the directory, no size is believed.</summary>
internal static class CodeArchive
{
    private const int EntriesMax = 200_000;
    private const int LinkBytesMax = 4096;
    private const int FileTypeMask = 0xF000;
    private const int LinkType = 0xA000;

    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <exception cref="InvalidDataException">It is no zip, too large, or would write elsewhere.</exception>
    internal static void Unpack(byte[] zip, string directory, long bytesMax)
    {
        using var archive = new ZipArchive(new MemoryStream(zip, writable: false), ZipArchiveMode.Read);
        if (archive.Entries.Count > EntriesMax)
        {
            throw new InvalidDataException("The code has too many files.");
        }

        var left = bytesMax;
        var links = new List<(string Path, string Target)>();
        foreach (var entry in archive.Entries)
        {
            var name = entry.FullName.Replace('\\', '/'); // Tools on Windows write the other slash.
            var path = Resolve(directory, name);
            var mode = entry.ExternalAttributes >>> 16;
            if (name.EndsWith('/'))
            {
                Directory.CreateDirectory(path);
                continue;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var source = entry.Open();
            if ((mode & FileTypeMask) == LinkType)
            {
                links.Add((path, LinkTarget(directory, path, source)));
                continue;
            }

            // An entry that comes twice: the last one counts, as unzip has it.
            File.Delete(path);
            using (var target = new FileStream(path, FileMode.CreateNew, FileAccess.Write))
            {
                left = Copy(source, target, left);
            }

            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, Readable | ((UnixFileMode)mode & Executable));
            }
        }

        // Last, so that no file is written through one.
        foreach (var (path, target) in links)
        {
            if (File.Exists(path) || Directory.Exists(path))
            {
                throw new InvalidDataException("The code has a link and a file of one name.");
            }

            File.CreateSymbolicLink(path, target);
        }

        MakeReadOnly(new DirectoryInfo(directory));
    }

    private static string Resolve(string directory, string name)
    {
        if (name.Length == 0 || name.StartsWith('/') || name.Contains('\0', StringComparison.Ordinal)
            || name.Split('/').Contains(".."))
        {
            throw new InvalidDataException($"The code has a file of the name {name}.");
        }

        return Path.Combine(directory, name);
    }

    private static string LinkTarget(string directory, string path, Stream source)
    {
        var bytes = new byte[LinkBytesMax + 1];
        var count = source.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var target = System.Text.Encoding.UTF8.GetString(bytes, 0, count);
        var full = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, target));
        return count is > 0 and <= LinkBytesMax && !target.StartsWith('/')
            && (full + "/").StartsWith(directory + "/", StringComparison.Ordinal)
            ? target
            : throw new InvalidDataException("The code has a link that leads out of it.");
    }

    private static long Copy(Stream source, FileStream target, long left)
    {
        var buffer = new byte[81920];
        int count;
        while ((count = source.Read(buffer)) > 0)
        {
            left -= count;
            if (left < 0)
            {
                throw new InvalidDataException("The code is too large unzipped.");
            }

            target.Write(buffer, 0, count);
        }

        return left;
    }

    private static void MakeReadOnly(DirectoryInfo directory)
    {
        foreach (var child in directory.EnumerateDirectories())
        {
            if (child.LinkTarget is null)
            {
                MakeReadOnly(child);
            }
        }

        if (!OperatingSystem.IsWindows())
        {
            directory.UnixFileMode = Readable | Executable;
        }
    }
}
