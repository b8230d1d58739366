using System.Globalization;

namespace Storage.Server.Options;

/// <summary>A number of bytes as people write it: <c>256MB</c>, <c>4GB</c>, <c>1048576</c>. Units are powers of 1,024.</summary>
internal static class ByteSize
{
    private static readonly (string Suffix, long Bytes)[] Units =
    [
        ("KB", 1L << 10), ("MB", 1L << 20), ("GB", 1L << 30), ("TB", 1L << 40), ("B", 1), ("", 1),
    ];

    internal static bool TryParse(string text, out long bytes)
    {
        var (suffix, unit) = Units.First(unit => text.EndsWith(unit.Suffix, StringComparison.OrdinalIgnoreCase));
        var isNumber = long.TryParse(
            text.AsSpan(0, text.Length - suffix.Length).TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out var count);
        bytes = isNumber && count <= long.MaxValue / unit ? count * unit : 0;
        return isNumber && (bytes > 0 || count == 0);
    }
}
