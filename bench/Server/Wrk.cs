using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Storage.Bench.Server;

/// <summary>One run of the load generator wrk: one thread, a closed loop over its connections.</summary>
internal static class Wrk
{
    internal const string Missing = "wrk is missing; it is Debian's package wrk.";

    internal static bool IsInstalled()
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("wrk", "-v") { RedirectStandardOutput = true, RedirectStandardError = true });
            process!.WaitForExit();
            return true;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    internal static async Task<WrkResult> RunAsync(Uri address, string script, int connections, int seconds)
    {
        var start = new ProcessStartInfo("wrk") { RedirectStandardOutput = true };
        foreach (var word in new[] { "-t1", $"-c{connections}", $"-d{seconds}s", "--timeout", "10s", "-s", script, address.ToString() })
        {
            start.ArgumentList.Add(word);
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException("wrk did not start.");
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(seconds + 30));
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return Parse(output);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static WrkResult Parse(string output)
    {
        var line = output.Split('\n').FirstOrDefault(line => line.StartsWith(WrkScript.ResultMark, StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"wrk gave no result: {output}");
        var numbers = line[WrkScript.ResultMark.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        return new WrkResult(numbers[0] / (numbers[1] / 1e6), numbers[2] / 1e3, numbers[3] / 1e3, (long)numbers[4]);
    }
}

/// <summary>What wrk saw.</summary>
/// <param name="PerSecond">Answers per second.</param>
/// <param name="P50Ms">Median latency, milliseconds.</param>
/// <param name="P99Ms">99th percentile of latency, milliseconds.</param>
/// <param name="Errors">Answers that were not 2xx, and failures of sockets.</param>
internal readonly record struct WrkResult(double PerSecond, double P50Ms, double P99Ms, long Errors);
