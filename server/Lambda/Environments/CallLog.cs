using System.Globalization;
using System.Text;
using Storage.Server.Contracts;

namespace Storage.Server.Lambda.Environments;

/// <summary>The lines of one call, START to REPORT. Source: recorded logs of Lambda, the tab before REPORT's end included.</summary>
internal sealed class CallLog(TimeProvider time, string requestId)
{
    /// <summary>What a caller who asks for the log gets of it.</summary>
    internal const int TailBytesMax = 4096;

    private readonly List<LogLine> lines = [];

    internal IReadOnlyList<LogLine> Lines => lines;

    internal static string GroupOf(string function) => $"/aws/lambda/{function}";

    /// <summary>Name of an environment's stream: day, version, and the environment's 32 hexadecimal digits.</summary>
    internal static string StreamOf(DateTimeOffset day, string version, string environmentId) =>
        string.Create(CultureInfo.InvariantCulture, $"{day:yyyy'/'MM'/'dd}/[{version}]{environmentId}");

    internal void Add(IEnumerable<LogLine> output) => lines.AddRange(output);

    internal void Add(LogLine line) => lines.Add(line);

    internal void Add(string message) => lines.Add(new LogLine(time.GetUtcNow(), message));

    internal void Start(string version) => Add($"START RequestId: {requestId} Version: {version}\n");

    internal void TimedOut(int seconds) =>
        Add(string.Create(
            CultureInfo.InvariantCulture,
            $"{time.GetUtcNow().UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {requestId} {ErrorBody.TimedOutText(seconds)}\n\n"));

    internal void Exited(string reason) => Add($"RequestId: {requestId} Error: {reason}\nRuntime.ExitError\n");

    /// <summary>END and REPORT; the status is null, or what follows Status: of a call that did not end with an answer.</summary>
    internal void End(TimeSpan duration, int memoryMegabytes, long peakBytes, TimeSpan? init, string? status)
    {
        var milliseconds = duration.TotalMilliseconds;
        var peak = Math.Min(memoryMegabytes, (peakBytes + (1 << 20) - 1) >> 20);
        Add($"END RequestId: {requestId}\n");
        var report = new StringBuilder();
        report.Append(
            CultureInfo.InvariantCulture,
            $"REPORT RequestId: {requestId}\tDuration: {milliseconds:0.00} ms\tBilled Duration: {Math.Ceiling(milliseconds):0} ms\t");
        report.Append(
            CultureInfo.InvariantCulture, $"Memory Size: {memoryMegabytes} MB\tMax Memory Used: {peak} MB\t");
        if (init is { } initDuration)
        {
            report.Append(CultureInfo.InvariantCulture, $"Init Duration: {initDuration.TotalMilliseconds:0.00} ms\t");
        }

        if (status is not null)
        {
            report.Append("Status: ").Append(status);
        }

        Add(report.Append('\n').ToString());
    }

    /// <summary>The last bytes of the log, from a whole character on.</summary>
    internal byte[] Tail()
    {
        var tail = new byte[TailBytesMax];
        var start = TailBytesMax;
        for (var index = lines.Count - 1; index >= 0 && start > 0; index--)
        {
            var bytes = Encoding.UTF8.GetBytes(lines[index].Message);
            var count = Math.Min(start, bytes.Length);
            start -= count;
            bytes.AsSpan(bytes.Length - count).CopyTo(tail.AsSpan(start));
        }

        while (start < TailBytesMax && (tail[start] & 0xC0) == 0x80)
        {
            start++;
        }

        return tail[start..];
    }
}
