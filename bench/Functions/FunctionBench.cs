using System.Diagnostics;
using System.Globalization;
using Storage.Bench.Embedded;
using Storage.Bench.Server;

namespace Storage.Bench.Functions;

/// <summary>
/// Warm calls of a function that does nothing, one at a time over HTTP, each beside a call of the same function in its
/// interpreter over pipes and a request that the server answers by itself: alternately, so that all three have the same
/// machine.
/// </summary>
internal static class FunctionBench
{
    private const int WarmUps = 300;

    internal static async Task<int> RunAsync(Arguments arguments)
    {
        var calls = Math.Max(1, arguments.Number("--calls", 3000, 1_000_000));
        using var scratch = new ScratchDirectory(arguments.Text("--data"));
        await using var server = await ChildServer.StartAsync(
            "Storage.Server.dll", arguments.Has("--in-memory")
                ? ["--port", "0", "--in-memory"]
                : ["--port", "0", "--data", scratch.File("data")]);
        var report = new Report(
            $"Warm calls of a function that does nothing, {calls} of each kind, one at a time",
            scratch.FullPath,
            "Runtime",
            "Invoke p50 us",
            "Invoke p99 us",
            "Bare p50 us",
            "Bare p99 us",
            "HTTP p50 us",
            "HTTP p99 us",
            "Invoke / bare p50",
            "Invoke / (bare + HTTP) p50",
            "First call ms");
        foreach (var function in NoOpFunction.All)
        {
            if (arguments.Text("--only") is not { } only || function.Runtime.Contains(only, StringComparison.OrdinalIgnoreCase))
            {
                await RunAsync(function, calls, server.Address, scratch, report);
            }
        }

        report.Line(
            "Invoke: POST /2015-03-31/functions/NAME/invocations on a server in its own process, its store "
            + (arguments.Has("--in-memory") ? "in memory. " : "on disk. ")
            + "Bare: the handler in a loop over pipes in the same interpreter, its JSON read and written, no server. "
            + "HTTP: GET /healthz of the same server by the same client.");
        report.Finish("functions", arguments.Has("--save"));
        return 0;
    }

    private static async Task RunAsync(
        NoOpFunction function, int calls, Uri address, ScratchDirectory scratch, Report report)
    {
        using var client = new LambdaClient(address);
        var name = function.Runtime.Replace('.', '-');
        await client.CreateAsync(name, function);
        using var bare = BareFunction.Start(function, scratch.File(name));
        var first = Stopwatch.GetTimestamp();
        await client.InvokeAsync(name, default);
        var firstCall = Stopwatch.GetElapsedTime(first);

        Latencies invokes = new(), bares = new(), checks = new();
        for (var i = -WarmUps; i < calls; i++)
        {
            await MeasureAsync(token => client.InvokeAsync(name, token), i < 0 ? null : invokes);
            await MeasureAsync(bare.CallAsync, i < 0 ? null : bares);
            await MeasureAsync(client.CheckHealthAsync, i < 0 ? null : checks);
        }

        var ratio = invokes.PercentileUs(50) / bares.PercentileUs(50);
        var share = invokes.PercentileUs(50) / (bares.PercentileUs(50) + checks.PercentileUs(50));
        report.Row(
            function.Runtime,
            Us(invokes, 50),
            Us(invokes, 99),
            Us(bares, 50),
            Us(bares, 99),
            Us(checks, 50),
            Us(checks, 99),
            ratio.ToString("F1", CultureInfo.InvariantCulture),
            share.ToString("F1", CultureInfo.InvariantCulture),
            firstCall.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture));
        Console.WriteLine($"{function.Runtime}: {Us(invokes, 50)} us beside {Us(bares, 50)} us of the bare function");
    }

    private static async Task MeasureAsync(Func<CancellationToken, Task> call, Latencies? into)
    {
        var start = Stopwatch.GetTimestamp();
        await call(default);
        into?.Add(Stopwatch.GetTimestamp() - start);
    }

    private static string Us(Latencies latencies, double percent) =>
        latencies.PercentileUs(percent).ToString("F0", CultureInfo.InvariantCulture);
}
