using System.Globalization;
using Storage.Engine;
using Storage.Engine.Model;
using Storage.Layers.Tests.Walk;
using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests.Crash;

/// <summary>
/// 10,000 writes over 200 keys; the function on their stream fails at random; the server is killed with -9 five times.
/// Every record is delivered at least once, in order per key; after a restart nothing before the last acknowledged
/// position comes again; no process of a function outlives its server.
/// </summary>
public sealed class StreamDeliveryTests : IAsyncLifetime, IDisposable
{
    private const int Keys = 200;
    private const int WritesPerKey = 50;
    private const int Writers = 8;
    private const int Kills = 5;

    /// <summary>
    /// Notes what it got in one append, before or after it fails; its first call leaves a process behind that is in no
    /// group or session of its own.
    /// </summary>
    private const string Deliver = """
        import os, random, subprocess

        subprocess.Popen(['sleep', '1000'], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def handler(event, context):
            if random.random() < 0.1:
                raise RuntimeError('before')
            lines = ''.join('%s %s %s\n' % (
                record['dynamodb']['SequenceNumber'],
                record['dynamodb']['NewImage']['k']['S'],
                record['dynamodb']['NewImage']['v']['N']) for record in event['Records'])
            file = os.open(os.environ['DELIVERIES'], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            os.write(file, lines.encode())
            os.close(file)
            if random.random() < 0.1:
                raise RuntimeError('after')
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly ScratchDirectory scratch = new();
    private readonly CancellationTokenSource limit = new(Patience);
    private ServerProcess? server; // the one that runs
    private int acknowledged;

    private string Data => scratch.File("data");

    private string Deliveries => scratch.File("deliveries");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }
    }

    public void Dispose()
    {
        limit.Dispose();
        scratch.Dispose();
    }

    [ProgramFact("python3", "--version")]
    public async Task Every_record_arrives_in_order_per_key_through_failures_and_kill_9()
    {
        await File.WriteAllTextAsync(Deliveries, string.Empty);
        server = await StartAsync(0);
        var port = server.Port;
        using var calls = new ServiceCalls(server.Url);
        await SetUpAsync(calls);

        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(calls, writer))).ToArray();
        var restarts = new List<(int Line, Dictionary<string, ChangePosition> Acknowledged)>();
        for (var kill = 1; kill <= Kills; kill++)
        {
            while (Volatile.Read(ref acknowledged) < Keys * WritesPerKey * kill / (Kills + 1))
            {
                await Task.Delay(1, limit.Token);
            }

            server.Kill();
            await server.WaitForExitAsync();
            await server.DisposeAsync();
            server = null;
            await FunctionProcesses.WaitUntilGoneAsync(Data);
            restarts.Add((ReadDeliveries().Count, await ReadCheckpointsAsync()));
            server = await StartAsync(port);
        }

        await Task.WhenAll(writers);
        while (ReadDeliveries().Select(line => (line.Key, line.Version)).Distinct().Count() < Keys * WritesPerKey)
        {
            await Task.Delay(20, limit.Token);
        }

        server.Terminate();
        await server.WaitForExitAsync();
        await server.DisposeAsync();
        server = null;
        await FunctionProcesses.WaitUntilGoneAsync(Data);

        var lines = ReadDeliveries();
        AssertInOrder(lines);
        var shards = await ReadShardsAsync();
        foreach (var (first, marks) in restarts)
        {
            foreach (var line in lines.Skip(first))
            {
                Assert.True(ChangePosition.TryParse(line.SequenceNumber, out var position));
                Assert.True(
                    !marks.TryGetValue(shards[line.SequenceNumber], out var mark) || position > mark,
                    $"{line} was acknowledged before the restart at line {first}.");
            }
        }
    }

    private static void AssertInOrder(IReadOnlyList<Delivery> lines)
    {
        var newest = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            var before = newest.GetValueOrDefault(line.Key);
            Assert.True(line.Version <= before + 1, $"{line} came when {before} was the newest.");
            newest[line.Key] = Math.Max(before, line.Version);
        }

        Assert.Equal(Keys, newest.Count);
        Assert.All(newest.Values, version => Assert.Equal(WritesPerKey, version));
    }

    private static async Task SetUpAsync(ServiceCalls calls, string deliveries)
    {
        var table = await calls.DynamoDbAsync("CreateTable", """
            {"TableName":"Keyed","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"k","KeyType":"HASH"}],
             "AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}],
             "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}}
            """);
        var stream = table.GetProperty("TableDescription").GetProperty("LatestStreamArn").GetString();
        await calls.CreateFunctionAsync(
            "deliver", "python3.13", "deliver.handler", FunctionZip.Of(("deliver.py", Deliver)), 30, ("DELIVERIES", deliveries));
        using var mapped = await calls.LambdaAsync(HttpMethod.Post, "/2015-03-31/event-source-mappings", ServiceCalls.Json($$"""
            {"FunctionName":"deliver","EventSourceArn":"{{stream}}","StartingPosition":"TRIM_HORIZON","BatchSize":20,"ParallelizationFactor":2}
            """));
        Assert.True(mapped.IsSuccessStatusCode, await mapped.Content.ReadAsStringAsync());
    }

    private Task SetUpAsync(ServiceCalls calls) => SetUpAsync(calls, Deliveries);

    /// <summary>A write that got no answer is sent again: when it was done after all, that changes nothing and makes no record.</summary>
    private async Task WriteAsync(ServiceCalls calls, int writer)
    {
        for (var version = 1; version <= WritesPerKey; version++)
        {
            for (var key = writer; key < Keys; key += Writers)
            {
                var body = $$$$"""{"TableName":"Keyed","Item":{"k":{"S":"{{{{key}}}}"},"v":{"N":"{{{{version}}}}"}}}""";
                while (true)
                {
                    try
                    {
                        await calls.DynamoDbAsync("PutItem", body, limit.Token);
                        break;
                    }
                    catch (HttpRequestException)
                    {
                        await Task.Delay(20, limit.Token); // between two servers
                    }
                }

                Interlocked.Increment(ref acknowledged);
            }
        }
    }

    private Task<ServerProcess> StartAsync(int port)
    {
        return StartReadyAsync(
            "--port", port.ToString(CultureInfo.InvariantCulture), "--data", Data, "--lambda-stream-backoff", "0.05");

        static async Task<ServerProcess> StartReadyAsync(params string[] arguments)
        {
            var server = ServerProcess.Start(arguments);
            await server.WaitUntilReadyAsync();
            return server;
        }
    }

    private IReadOnlyList<Delivery> ReadDeliveries()
    {
        var text = File.ReadAllText(Deliveries);
        return [.. text[..(text.LastIndexOf('\n') + 1)]
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .Select(parts => new Delivery(parts[0], parts[1], int.Parse(parts[2], CultureInfo.InvariantCulture)))];
    }

    /// <summary>What the mapping's checkpoints say while nobody has the store open.</summary>
    private async Task<Dictionary<string, ChangePosition>> ReadCheckpointsAsync()
    {
        await using var store = await Store.OpenAsync(Data, limit.Token);
        var marks = new Dictionary<string, ChangePosition>(StringComparer.Ordinal);
        await foreach (var item in store.ScanAsync("$lambda.mappings", cancellation: limit.Token))
        {
            const string prefix = "CP#";
            if (item["sk"].AsString().StartsWith(prefix, StringComparison.Ordinal))
            {
                Assert.True(ChangePosition.TryParse(item["position"].AsString(), out var position));
                marks.Add(item["sk"].AsString()[prefix.Length..], position);
            }
        }

        return marks;
    }

    private async Task<Dictionary<string, string>> ReadShardsAsync()
    {
        await using var store = await Store.OpenAsync(Data, limit.Token);
        var shards = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var change in store.ReadChangesAsync("Keyed", default(ChangePosition), limit.Token))
        {
            shards.Add(change.Position.ToString(), change.ShardId);
            if (shards.Count == Keys * WritesPerKey)
            {
                break;
            }
        }

        return shards;
    }

    private sealed record Delivery(string SequenceNumber, string Key, int Version);
}
