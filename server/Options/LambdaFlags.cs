using System.Globalization;
using Storage.Server.Lambda;

namespace Storage.Server.Options;

/// <summary>The flags of the Lambda layer; what none gives is AWS's.</summary>
internal static class LambdaFlags
{
    internal static readonly IReadOnlyList<Flag> All =
    [
        new("allow-functions", null, "run functions although the address is not a loopback one or pages may call"),
        new("lambda-concurrency", "NUMBER", "calls of functions at once, all together; default 1000"),
        new("lambda-min-unreserved", "NUMBER", "what reservations leave to other functions; default 100"),
        new("lambda-strict-runtimes", null, "refuse a runtime whose own interpreter is not installed"),
        new("lambda-idle", "SECONDS", "how long an environment stays without a call; default 600"),
        new("lambda-retry-delays", "SECONDS,SECONDS", "waits before retries of an asynchronous call that failed; default 60,120"),
        new("lambda-event-age", "SECONDS", "how long an asynchronous call is tried; default 21600"),
        new("lambda-stream-backoff", "SECONDS", "longest wait after a failed batch of a stream; default 60"),
    ];

    /// <exception cref="UsageException">A value is wrong.</exception>
    internal static LambdaOptions Read(CommandLine line)
    {
        var defaults = new LambdaOptions();
        var backoff = Seconds(line, "lambda-stream-backoff", defaults.StreamBackoffMax);
        return defaults with
        {
            AccountConcurrency = Number(line, "lambda-concurrency", defaults.AccountConcurrency),
            UnreservedConcurrencyMin = Number(line, "lambda-min-unreserved", defaults.UnreservedConcurrencyMin),
            StrictRuntimes = line.IsOn("lambda-strict-runtimes"),
            EnvironmentIdleLife = Seconds(line, "lambda-idle", defaults.EnvironmentIdleLife),
            AsyncRetryDelays = Delays(line, defaults.AsyncRetryDelays),
            AsyncEventAgeMax = Seconds(line, "lambda-event-age", defaults.AsyncEventAgeMax),
            StreamBackoffMin = backoff < defaults.StreamBackoffMin ? backoff : defaults.StreamBackoffMin,
            StreamBackoffMax = backoff,
        };
    }

    private static int Number(CommandLine line, string flag, int otherwise) =>
        line.Value(flag) is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new UsageException($"--{flag} is a whole number, not '{text}'.");

    /// <summary>Seconds, with decimals or without, as a span.</summary>
    /// <exception cref="UsageException">The value is none, or more than a day.</exception>
    internal static TimeSpan Seconds(CommandLine line, string flag, TimeSpan otherwise) =>
        line.Value(flag) is { } text ? Seconds(flag, text) : otherwise;

    private static IReadOnlyList<TimeSpan> Delays(CommandLine line, IReadOnlyList<TimeSpan> otherwise)
    {
        const string flag = "lambda-retry-delays";
        var delays = line.Values(flag).SelectMany(text => text.Split(',')).Select(text => Seconds(flag, text)).ToArray();
        return delays.Length == 0 ? otherwise : delays;
    }

    private static TimeSpan Seconds(string flag, string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
        && seconds <= TimeSpan.FromDays(1).TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new UsageException($"--{flag} is seconds, at most a day, not '{text}'.");
}
