namespace Storage.Server.Lambda.Environments;

/// <summary>The memory of one environment.</summary>
internal sealed class MemoryBox(string? group, ControlGroups? groups, MemorySampler? sampler, long bytesMax)
{
    private MemorySampler.Watch? watch;

    /// <summary>The control group its first process enters, or null.</summary>
    internal string? Group => group;

    /// <summary>RLIMIT_DATA in kilobytes, or null. Only against what outruns the sampler: what is over MemorySize is to be killed, not refused.</summary>
    internal long? DataKilobytesMax => group is null ? (2 * bytesMax / 1024) + (512 * 1024) : null;

    /// <summary>Most memory in use so far, bytes; at most the limit.</summary>
    internal long PeakBytes(int processId) => Math.Min(bytesMax, RawPeakBytes(processId));

    /// <summary>Whether the environment used more than it may and is still there to be killed for it.</summary>
    internal bool IsOver(int processId) => group is null && RawPeakBytes(processId) > bytesMax;

    /// <summary>Has the processes of a session watched, where no control group does it.</summary>
    internal void Watch(int processId, bool ownSession, Action kill) =>
        watch = sampler?.Add(processId, ownSession, bytesMax, kill);

    /// <summary>Processes in the control group.</summary>
    internal IReadOnlyList<int> Processes() => group is null ? [] : ControlGroups.ProcessesOf(group);

    /// <summary>After the last process has ended.</summary>
    internal void Remove()
    {
        if (watch is not null)
        {
            sampler!.Remove(watch);
        }

        if (group is not null)
        {
            ControlGroups.RemoveGroup(group);
        }
    }

    private long RawPeakBytes(int processId) =>
        // A group does not count pages that another group read first; resident memory does, as users know it.
        Math.Max(
            group is not null ? groups!.PeakBytes(group) : watch?.PeakBytes ?? 0,
            ProcessTable.StatusKilobytes(processId, "VmHWM") * 1024);
}
