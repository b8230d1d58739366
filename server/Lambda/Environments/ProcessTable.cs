using System.Globalization;
using System.Text;

namespace Storage.Server.Lambda.Environments;

/// <summary>
/// Finds processes by the mark that every process of an environment carries from its birth: LAMBDA_TASK_ROOT below the
/// executor's own directory, in the environment it was started with. Never by name.
/// </summary>
internal static class ProcessTable
{
    /// <summary>More is no environment's block: the kernel allows 128 KB a string.</summary>
    private const int EnvironBytesMax = 4 * 1024 * 1024;

    /// <summary>The mark of all environments below a root.</summary>
    internal static string MarkOf(string root) => $"LAMBDA_TASK_ROOT={root}/environments/";

    /// <summary>Processes with the mark, or in the session if one is given.</summary>
    internal static List<int> Find(string mark, int session = 0)
    {
        var wanted = Encoding.UTF8.GetBytes(mark);
        return All(directory => CarriesMark(directory, wanted) || (session != 0 && SessionOf(directory) == session));
    }

    /// <summary>Processes of a session.</summary>
    internal static List<int> Session(int session) => All(directory => SessionOf(directory) == session);

    private static List<int> All(Func<string, bool> wanted)
    {
        var found = new List<int>();
        if (!OperatingSystem.IsLinux())
        {
            return found;
        }

        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && wanted(directory))
            {
                found.Add(id);
            }
        }

        return found;
    }

    /// <summary>Field of <c>/proc/PID/status</c> in kilobytes, or 0 when the process is gone.</summary>
    internal static long StatusKilobytes(int processId, string field)
    {
        try
        {
            foreach (var line in File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/status")))
            {
                if (line.StartsWith(field, StringComparison.Ordinal) && line.Length > field.Length && line[field.Length] == ':')
                {
                    var digits = line.AsSpan(field.Length + 1).Trim();
                    var space = digits.IndexOf(' ');
                    return long.Parse(space < 0 ? digits : digits[..space], NumberStyles.None, CultureInfo.InvariantCulture);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Gone.
        }

        return 0;
    }

    private static bool CarriesMark(string directory, byte[] mark)
    {
        try
        {
            var block = ReadBounded(directory + "/environ");
            for (var from = 0; ;)
            {
                var at = block.AsSpan(from).IndexOf(mark);
                if (at < 0)
                {
                    return false;
                }

                // At the start of a variable, not within the value of another one.
                if (from + at == 0 || block[from + at - 1] == 0)
                {
                    return true;
                }

                from += at + 1;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Gone, or another user's: not ours.
            return false;
        }
    }

    private static byte[] ReadBounded(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        var block = new byte[4096];
        var length = 0;
        while (length < EnvironBytesMax)
        {
            if (length == block.Length)
            {
                Array.Resize(ref block, block.Length * 2);
            }

            var count = file.Read(block, length, block.Length - length);
            if (count == 0)
            {
                break;
            }

            length += count;
        }

        Array.Resize(ref block, length);
        return block;
    }

    private static int SessionOf(string directory)
    {
        try
        {
            // The name in parentheses may hold anything, so fields are counted from its last parenthesis: state, parent,
            // group, session.
            var line = File.ReadAllText(directory + "/stat");
            var fields = line[(line.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length > 3 && fields[0] is not ("Z" or "X")
                ? int.Parse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture)
                : 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
