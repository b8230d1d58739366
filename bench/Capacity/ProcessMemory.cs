using System.Globalization;

namespace Storage.Bench.Capacity;

/// <summary>What the kernel says of this process.</summary>
internal static class ProcessMemory
{
    /// <summary>Resident memory now and at its highest, bytes. Source: proc_pid_status(5).</summary>
    internal static (long Now, long Highest) Resident() => (Kilobytes("VmRSS:") * 1024, Kilobytes("VmHWM:") * 1024);

    /// <summary>Bytes this process made the kernel write to devices. Source: proc_pid_io(5).</summary>
    internal static long DeviceWriteBytes()
    {
        const string name = "write_bytes:";
        var line = File.ReadLines("/proc/self/io").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(name.Length), CultureInfo.InvariantCulture);
    }

    private static long Kilobytes(string name)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }
}
