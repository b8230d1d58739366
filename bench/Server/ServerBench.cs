using System.Globalization;

namespace Storage.Bench.Server;

/// <summary>
/// A closed loop over HTTP: each operation right after a bare echo on the same machine in the same run, so that the
/// share is comparable between machines and hours.
/// </summary>
internal static class ServerBench
{
    /// <summary>A run whose echo stays below says more about the machine's other work than about the server.</summary>
    private const int EchoPerSecondMin = 50_000;

    internal static async Task<int> RunAsync(Arguments arguments)
    {
        if (!Wrk.IsInstalled())
        {
            Console.Error.WriteLine(Wrk.Missing);
            return 1;
        }

        var seconds = Math.Max(1, arguments.Number("--seconds", 4, 60));
        var connections = Math.Max(1, arguments.Number("--connections", 64, 1024));
        using var scratch = new ScratchDirectory(arguments.Text("--data"));
        await using var echo = await ChildServer.StartAsync("Storage.Bench.dll", "echo", "--port", "0");
        var echoScript = scratch.File("echo.lua");
        WrkScript.Write(echoScript, "GetItem", ServerData.Gets());
        await Wrk.RunAsync(echo.Address, echoScript, connections, seconds); // until the runtime has compiled it well
        if (arguments.Text("--only") == "echo")
        {
            var alone = await Wrk.RunAsync(echo.Address, echoScript, connections, seconds);
            Console.WriteLine(
                $"Bare echo: {alone.PerSecond:N0}/s, p50 {alone.P50Ms} ms, p99 {alone.P99Ms} ms, {alone.Errors} errors");
            return alone.PerSecond < EchoPerSecondMin ? 1 : 0;
        }

        await using var server = await ChildServer.StartAsync(
            "Storage.Server.dll", arguments.Has("--in-memory")
                ? ["--port", "0", "--in-memory"]
                : ["--port", "0", "--data", scratch.File("data")]);
        Console.WriteLine("Loading ...");
        await ServerData.LoadAsync(server.Address);
        var report = new Report(
            $"Closed loop over HTTP, {connections} connections, {seconds} s each",
            scratch.FullPath,
            "Operation", "Requests/s", "% of echo", "p50 ms", "p99 ms", "Echo/s beside", "Errors");
        var isVoid = false;
        foreach (var (name, operation, bodies) in Phases(arguments.Has("--in-memory") ? "" : "durable "))
        {
            if (arguments.Text("--only") is { } only && !name.Contains(only, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var script = scratch.File($"{operation}.lua");
            WrkScript.Write(script, operation, bodies);
            await Wrk.RunAsync(server.Address, script, connections, seconds);
            var beside = await Wrk.RunAsync(echo.Address, echoScript, connections, seconds);
            var seen = await Wrk.RunAsync(server.Address, script, connections, seconds);
            var after = await Wrk.RunAsync(echo.Address, echoScript, connections, seconds);
            var ceiling = (beside.PerSecond + after.PerSecond) / 2;
            isVoid |= ceiling < EchoPerSecondMin;
            Row(report, name, seen, ceiling);
            Console.WriteLine($"{name}: {seen.PerSecond:N0}/s beside {ceiling:N0}/s of echo");
        }

        report.Line($"Server's greatest resident memory: {server.PeakBytes >> 20} MB.");
        if (isVoid)
        {
            report.Line($"**Void: the echo stayed under {EchoPerSecondMin} requests/s.**");
        }

        report.Finish("server", arguments.Has("--save"));
        return 0;
    }

    private static (string Name, string Operation, IEnumerable<string> Bodies)[] Phases(string durable) =>
    [
        ("GetItem, 1 KB of 10 attributes", "GetItem", ServerData.Gets()),
        ($"PutItem {durable}1 KB", "PutItem", ServerData.Puts()),
        ($"Query of {ServerData.CollectionItems} items", "Query", ServerData.Queries()),
        ($"UpdateItem {durable}of 1 KB", "UpdateItem", ServerData.Updates()),
    ];

    private static void Row(Report report, string name, WrkResult seen, double ceiling)
    {
        var culture = CultureInfo.InvariantCulture;
        var errors = seen.Errors.ToString(culture);
        if (seen.Errors != 0)
        {
            report.Row(name, "void", "void", "", "", ceiling.ToString("F0", culture), errors);
            return;
        }

        report.Row(
            name,
            seen.PerSecond.ToString("F0", culture),
            (100 * seen.PerSecond / ceiling).ToString("F1", culture),
            seen.P50Ms.ToString("F2", culture),
            seen.P99Ms.ToString("F2", culture),
            ceiling.ToString("F0", culture),
            errors);
    }
}
