using System.Globalization;

namespace Storage.Bench.Capacity;

/// <summary>Sizes as people write them.</summary>
internal static class ByteText
{
    internal static string Megabytes(long bytes) => (bytes / 1048576.0).ToString("N1", CultureInfo.InvariantCulture);

    /// <summary>256MB, 4GB, 65536.</summary>
    internal static long Parse(string text)
    {
        var (digits, unit) = text.ToUpperInvariant() switch
        {
            [.. var number, 'K', 'B'] => (number, 1L << 10),
            [.. var number, 'M', 'B'] => (number, 1L << 20),
            [.. var number, 'G', 'B'] => (number, 1L << 30),
            var number => (number, 1L),
        };
        return long.Parse(digits, CultureInfo.InvariantCulture) * unit;
    }
}
