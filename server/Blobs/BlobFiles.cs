using System.Buffers;
using System.Security.Cryptography;

namespace Storage.Server.Blobs;

/// <summary>How many blobs there are, what they take, and how much of that is damaged or missing.</summary>
internal readonly record struct BlobCounts(int Count, long Bytes, int DamageCount = 0);

/// <summary>Where blobs lie below a store's directory: <c>blobs/ab/abcdef...</c>.</summary>
internal static class BlobFiles
{
    internal const string Folder = "blobs";

    /// <summary>Of a file that is being written. A start deletes those that a crash left.</summary>
    internal const string NewSuffix = ".new";

    private const int NameLength = 64;

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("0123456789abcdef");

    /// <summary>Whether a text is the name of a blob; nothing else ever becomes part of a path.</summary>
    internal static bool IsName(string text) =>
        text.Length == NameLength && !text.AsSpan().ContainsAnyExcept(NameCharacters);

    internal static string NameOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    internal static string PathOf(string folder, string name) => Path.Combine(folder, name[..2], name);

    /// <summary>All files below a folder of blobs, whatever their names; none when there is no such folder.</summary>
    internal static IEnumerable<string> In(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        : [];

    /// <summary>Whether a file is where a blob of its name lies.</summary>
    internal static bool IsBlob(string folder, string path)
    {
        var name = Path.GetFileName(path);
        return IsName(name) && path == PathOf(folder, name);
    }

    /// <summary>Whether a file's bytes are those that its name promises.</summary>
    internal static bool IsWhole(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream)) == Path.GetFileName(path);
    }

    /// <summary>Counts the blobs of a store.</summary>
    internal static BlobCounts CountIn(string directory)
    {
        var folder = Path.Combine(directory, Folder);
        var count = 0;
        long bytes = 0;
        foreach (var path in In(folder).Where(path => IsBlob(folder, path)))
        {
            count++;
            bytes += new FileInfo(path).Length;
        }

        return new BlobCounts(count, bytes);
    }

    /// <summary>Copies the blobs of one store to another that has none: those that are whole.</summary>
    internal static void CopyWhole(string source, string target)
    {
        var from = Path.Combine(source, Folder);
        var to = Path.Combine(target, Folder);
        foreach (var path in In(from).Where(path => IsBlob(from, path) && IsWhole(path)))
        {
            var copy = PathOf(to, Path.GetFileName(path));
            var parent = Path.GetDirectoryName(copy)!;
            Directory.CreateDirectory(parent);
            File.Copy(path, copy);
            using (var file = File.OpenHandle(copy, FileMode.Open, FileAccess.ReadWrite))
            {
                RandomAccess.FlushToDisk(file);
            }

            DirectorySync.Run(parent);
            DirectorySync.Run(to);
            DirectorySync.Run(target);
        }
    }
}
