using System.Globalization;

namespace Storage.Server.Lambda.Environments;

/// <summary>
/// Memory control groups: one directory of ours, below the group this process is in where that is allowed, and in it one
/// for each environment. All files are the kernel's.
/// </summary>
internal sealed class ControlGroups
{
    private const string Mounts = "/proc/self/mountinfo";
    private const int RemovalsMax = 100;

    private readonly MemoryMeans means;

    private ControlGroups(MemoryMeans means, string directory)
    {
        this.means = means;
        Directory = directory;
    }

    internal string Directory { get; }

    /// <summary>Null when this machine, or this user, cannot have such groups.</summary>
    internal static ControlGroups? TryOpen(MemoryMeans means, string name)
    {
        foreach (var parent in Parents(means))
        {
            var groups = new ControlGroups(means, Path.Combine(parent, name));
            if (groups.Works(parent))
            {
                return groups;
            }
        }

        return null;
    }

    internal string Create(string environmentId, long bytesMax)
    {
        System.IO.Directory.CreateDirectory(Directory);
        if (means == MemoryMeans.ControlGroup2)
        {
            TryWrite(Directory, "cgroup.subtree_control", "+memory");
        }

        var group = Path.Combine(Directory, environmentId);
        System.IO.Directory.CreateDirectory(group);
        var limit = bytesMax.ToString(CultureInfo.InvariantCulture);
        if (means == MemoryMeans.ControlGroup2)
        {
            File.WriteAllText(Path.Combine(group, "memory.max"), limit);
            TryWrite(group, "memory.swap.max", "0");
            TryWrite(group, "memory.oom.group", "1");
        }
        else
        {
            File.WriteAllText(Path.Combine(group, "memory.limit_in_bytes"), limit);
            TryWrite(group, "memory.memsw.limit_in_bytes", limit);
        }

        return group;
    }

    /// <summary>0 when the kernel does not tell.</summary>
    internal long PeakBytes(string group)
    {
        var file = Path.Combine(group, means == MemoryMeans.ControlGroup2 ? "memory.peak" : "memory.max_usage_in_bytes");
        try
        {
            return long.Parse(File.ReadAllText(file).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    internal static IReadOnlyList<int> ProcessesOf(string group)
    {
        try
        {
            // 0 stands for a process of another namespace.
            return
            [
                .. File.ReadLines(Path.Combine(group, "cgroup.procs"))
                    .Select(line => int.Parse(line, NumberStyles.None, CultureInfo.InvariantCulture))
                    .Where(id => id > 0),
            ];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    internal static void RemoveGroup(string group)
    {
        // A process that has just ended leaves its group a moment later.
        for (var tries = 0; tries < RemovalsMax && System.IO.Directory.Exists(group); tries++)
        {
            try
            {
                System.IO.Directory.Delete(group);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Thread.Sleep(1);
            }
        }
    }

    internal void Sweep()
    {
        if (!System.IO.Directory.Exists(Directory))
        {
            return;
        }

        foreach (var group in System.IO.Directory.EnumerateDirectories(Directory))
        {
            foreach (var id in ProcessesOf(group))
            {
                Posix.Kill(id);
            }

            RemoveGroup(group);
        }
    }

    /// <summary>Removes the directory of all groups when there are none.</summary>
    internal void TryRemove()
    {
        try
        {
            System.IO.Directory.Delete(Directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Not there, or groups of an executor that was killed are in it: the sweep comes next.
        }
    }

    private bool Works(string parent)
    {
        try
        {
            if (means == MemoryMeans.ControlGroup2)
            {
                TryWrite(parent, "cgroup.subtree_control", "+memory");
            }

            var probe = "probe-" + Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
            RemoveGroup(Create(probe, 1 << 30));
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
        finally
        {
            TryRemove();
        }
    }

    /// <summary>Where our directory could be, best first.</summary>
    private static IEnumerable<string> Parents(MemoryMeans means)
    {
        if (!File.Exists(Mounts))
        {
            yield break;
        }

        // "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - type source super,options"
        var type = means == MemoryMeans.ControlGroup2 ? "cgroup2" : "cgroup";
        var mount = File.ReadLines(Mounts)
            .Select(line => (Own: line.Split(" - ")[0].Split(' '), File: line.Split(" - ")[^1].Split(' ')))
            .FirstOrDefault(line => line.File[0] == type
                && (means == MemoryMeans.ControlGroup2 || line.File[^1].Split(',').Contains("memory")));
        if (mount.Own is null)
        {
            yield break;
        }

        // "4:memory:/path", "0::/path"
        var own = File.ReadLines("/proc/self/cgroup")
            .Select(line => line.Split(':', 3))
            .FirstOrDefault(fields => means == MemoryMeans.ControlGroup2
                ? fields[0] == "0"
                : fields[1].Split(',').Contains("memory"));
        var directory = mount.Own[4] + own?[2].TrimEnd('/');
        if (directory != mount.Own[4] && System.IO.Directory.Exists(directory))
        {
            yield return directory;
        }

        yield return mount.Own[4];
    }

    private static void TryWrite(string group, string file, string text)
    {
        try
        {
            File.WriteAllText(Path.Combine(group, file), text);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // An addition of some kernels; the limit itself is written otherwise.
        }
    }
}
