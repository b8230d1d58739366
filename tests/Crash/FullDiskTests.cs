using System.Globalization;
using System.Text.Json;
using Storage.Faults;
using Storage.Faults.Kill;
using Storage.Tests.Server;
using Xunit;
using Xunit.Abstractions;

namespace Storage.Tests.Crash;

/// <summary>A server on a disk that is really full, and one whose process dies inside a write. docs/RELIABILITY.md.</summary>
public sealed class FullDiskTests(ITestOutputHelper output) : IDisposable
{
    private const int DiskMegabytes = 24;
    private const int LargerDiskMegabytes = 96;
    private const int ItemBytes = 30_000;
    private const int Writers = 4;
    private const int WritesMax = 20_000;
    private const int FileBytesMax = 8 * 1024 * 1024;

    private static readonly string Server = Path.Combine(AppContext.BaseDirectory, "Storage.Server.dll");

    private readonly ScratchDirectory directory = new();
    private readonly HashSet<string> acknowledged = [];

    public void Dispose() => directory.Dispose();

    [ProgramFact("unshare", SmallDisk.Namespaces, "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /tmp")]
    public async Task On_a_full_disk_writes_are_refused_reads_go_on_and_with_space_all_that_was_acknowledged_is_there()
    {
        using var disk = await SmallDisk.MountAsync(directory.Path, DiskMegabytes);
        await using (var child = ServerChild.Run(disk.Command("dotnet", Server, "--port", "0", "--data", disk.Directory)))
        {
            using var server = await ReadyAsync(child);
            await CreateAsync(server);
            var refusals = await FillAsync(server);
            Assert.NotEmpty(refusals);
            Assert.All(refusals, refusal =>
            {
                Assert.Equal(500, refusal.Status);
                Assert.Contains("InternalServerError", refusal.Text, StringComparison.Ordinal);
            });

            await CheckReadsAsync(server);
            var readiness = await server.ReadinessAsync();
            Assert.Equal(503, readiness.Status);
            Assert.Contains("space", readiness.Text, StringComparison.OrdinalIgnoreCase);
            output.WriteLine($"{acknowledged.Count} acknowledged, then: {readiness.Text.Trim()}");
        }

        await disk.ResizeAsync(LargerDiskMegabytes);
        await ReopenAsync(disk.Command("dotnet", Server, "--port", "0", "--data", disk.Directory));
    }

    /// <summary>A file size limit ends the process in the middle of the write that crosses it.</summary>
    [ProgramFact("prlimit", "--fsize=1000000", "true")]
    public async Task A_process_that_dies_inside_a_write_loses_nothing_that_was_acknowledged()
    {
        string[] command =
        [
            "prlimit", "--core=0", "--fsize=" + FileBytesMax.ToString(CultureInfo.InvariantCulture),
            "dotnet", Server, "--port", "0", "--data", directory.Path,
        ];

        // With it the runtime makes large files of its own for the code that it compiles.
        await using (var child = ServerChild.Run(command, ("DOTNET_EnableWriteXorExecute", "0")))
        {
            using var server = await ReadyAsync(child);
            await CreateAsync(server);
            await FillAsync(server);
            output.WriteLine($"{acknowledged.Count} acknowledged, then exit code {await child.WaitForExitAsync()}");
        }

        await ReopenAsync(["dotnet", Server, "--port", "0", "--data", directory.Path]);
    }

    private static async Task<DynamoDbCalls> ReadyAsync(ServerChild child)
    {
        await child.WaitUntilReadyAsync();
        return new DynamoDbCalls(child.Address);
    }

    private static async Task CreateAsync(DynamoDbCalls server)
    {
        foreach (var table in new[] { "Things", "Quiet" })
        {
            await server.SendAsync("CreateTable", $$$$"""
                {"TableName":"{{{{table}}}}","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"P","KeyType":"HASH"}],
                 "AttributeDefinitions":[{"AttributeName":"P","AttributeType":"S"}]}
                """);
        }

        await server.SendAsync("PutItem", """{"TableName":"Quiet","Item":{"P":{"S":"still"}}}""");
    }

    private static string Content(string name, int bytes) =>
        string.Concat(Enumerable.Repeat(name + ";", (bytes / (name.Length + 1)) + 1));

    /// <summary>Puts items until every writer is refused, or the server is gone; gives the refusals.</summary>
    private async Task<List<DynamoDbCalls.Answer>> FillAsync(DynamoDbCalls server)
    {
        var refusals = new List<DynamoDbCalls.Answer>();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            for (var i = 0; i < WritesMax; i++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"thing-{writer}-{i}");
                var answer = await server.TrySendAsync(
                    "PutItem",
                    $$$$"""{"TableName":"Things","Item":{"P":{"S":"{{{{name}}}}"},"B":{"S":"{{{{Content(name, ItemBytes)}}}}"}}}""");
                if (answer is not { Status: 200 })
                {
                    lock (acknowledged)
                    {
                        refusals.AddRange(answer is null ? [] : [answer]);
                    }

                    return;
                }

                lock (acknowledged)
                {
                    acknowledged.Add(name);
                }
            }
        }));
        return refusals;
    }

    /// <summary>Everything acknowledged is there with its content; what else is there was in flight, and is whole too.</summary>
    private async Task CheckAsync(DynamoDbCalls server)
    {
        var items = new Dictionary<string, JsonElement>();
        foreach (var item in await server.ScanAsync("Things"))
        {
            items.Add(item.Text("P"), item);
        }

        Assert.All(acknowledged, name => Assert.True(items.ContainsKey(name), name + " was acknowledged and is gone."));
        Assert.All(items, pair => Assert.Equal(Content(pair.Key, ItemBytes), pair.Value.Text("B")));
        Assert.InRange(items.Count, acknowledged.Count, acknowledged.Count + Writers);
    }

    /// <summary>
    /// Reads of what is durable go on. One is refused when it would show something from the same leaf as a write that
    /// never became durable; none is answered with anything but what was acknowledged.
    /// </summary>
    private async Task CheckReadsAsync(DynamoDbCalls server)
    {
        var (read, refused) = (0, 0);
        foreach (var name in acknowledged)
        {
            var answer = await server.TrySendAsync("GetItem", $$$$"""{"TableName":"Things","Key":{"P":{"S":"{{{{name}}}}"}}}""");
            if (answer is { Status: 200 })
            {
                Assert.Equal(Content(name, ItemBytes), answer.Json.GetProperty("Item").Text("B"));
                read++;
            }
            else
            {
                Assert.True(answer is { Status: 500 } && answer.Text.Contains("InternalServerError", StringComparison.Ordinal));
                refused++;
            }
        }

        Assert.True(read > 0);
        Assert.Equal("still", (await server.ScanAsync("Quiet")).Single().Text("P"));
        output.WriteLine($"{read} items of the busy table were read, {refused} stand beside a write that is not durable");
    }

    private async Task ReopenAsync(IReadOnlyList<string> command)
    {
        await using var child = ServerChild.Run(command);
        using var server = await ReadyAsync(child);
        await CheckAsync(server);
        Assert.Equal(200, (await server.ReadinessAsync()).Status);
        await server.SendAsync("PutItem", """{"TableName":"Things","Item":{"P":{"S":"after"},"B":{"S":"after;"}}}""");
        Assert.Equal("after;", (await server.ScanAsync("Things")).Single(item => item.Text("P") == "after").Text("B"));
    }
}
