using System.Globalization;

namespace Storage.Faults.Corruption;

/// <summary>
/// The last writes before an unclean stop: all were started before any of them was durable, so that no record knows one
/// of them to be durable. Damage there and a tear cannot be told apart, and losing some of them from the end is the one
/// loss that a single fault may cause without being reported.
/// <para>
/// Which bytes these are is found without asking the store: the files just before the first of the writes was made and
/// at the end are compared, and the group begins at the first byte of the log, header blocks aside, that differs. A fault
/// is in the last group when it changes a byte of the log at or behind that place.
/// </para>
/// </summary>
internal sealed class LastGroup
{
    private const string Suffix = ".log";
    private const int HeaderBytes = 4096;

    private readonly string file;
    private readonly int offset;

    /// <param name="before">The files before the first of the writes.</param>
    /// <param name="after">The files at the end.</param>
    /// <param name="prefixes">What is served without any of the writes, with the first, with the first two, and so on.</param>
    internal LastGroup(
        IReadOnlyDictionary<string, byte[]> before, IReadOnlyDictionary<string, byte[]> after, IReadOnlyList<ServedState> prefixes)
    {
        Prefixes = prefixes;
        (file, offset) = FirstChange(before, after) ?? (int.MaxValue.ToString("D10", CultureInfo.InvariantCulture), 0);
    }

    internal IReadOnlyList<ServedState> Prefixes { get; }

    /// <summary>Whether damage lies in the group.</summary>
    internal bool IsTouchedBy(IReadOnlyDictionary<string, byte[]> image, IReadOnlyDictionary<string, byte[]> damaged)
    {
        foreach (var name in image.Keys.Union(damaged.Keys).Where(IsLog))
        {
            var order = string.CompareOrdinal(name, file);
            if (order >= 0 && Last(Find(image, name), Find(damaged, name)) >= (order == 0 ? offset : 0))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>For a violation: where the group begins, and how what is served differs from each of its prefixes.</summary>
    internal string Describe(
        IReadOnlyDictionary<string, byte[]> image, IReadOnlyDictionary<string, byte[]> damaged, ServedState served) =>
        $"; the last group begins at offset {offset} of {file} and is {(IsTouchedBy(image, damaged) ? "" : "not ")}touched; "
        + $"without it, with one of its writes and so on differ {string.Join(", ", Prefixes.Select(served.DifferenceFrom))}";

    private static bool IsLog(string name) => name.EndsWith(Suffix, StringComparison.Ordinal);

    private static byte[] Find(IReadOnlyDictionary<string, byte[]> files, string name) => files.GetValueOrDefault(name, []);

    private static (string, int)? FirstChange(IReadOnlyDictionary<string, byte[]> before, IReadOnlyDictionary<string, byte[]> after)
    {
        foreach (var name in after.Keys.Where(IsLog).Order(StringComparer.Ordinal))
        {
            var (old, now) = (Find(before, name), after[name]);
            for (var i = HeaderBytes; i < now.Length; i++)
            {
                if (now[i] != (i < old.Length ? old[i] : 0))
                {
                    return (name, i);
                }
            }
        }

        return null;
    }

    /// <summary>The last offset at which two contents differ, or -1. A missing byte differs from any.</summary>
    private static int Last(byte[] one, byte[] other)
    {
        if (one.Length != other.Length)
        {
            return Math.Max(one.Length, other.Length) - 1;
        }

        var last = one.Length - 1;
        while (last >= 0 && one[last] == other[last])
        {
            last--;
        }

        return last;
    }
}
