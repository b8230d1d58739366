using Storage.Engine;
using Storage.Server;
using Storage.Server.Options;
using Xunit;

namespace Storage.Tests.Server;

/// <summary>
/// "Its first failure poisons the log: writes and undurable reads fail, clean reads go on". docs/ARCHITECTURE.md.
/// </summary>
public sealed class DeadDiskTests
{
    private const string Table =
        """
        {"TableName":"Things","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],
         "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}]}
        """;

    [Fact]
    public async Task When_the_disk_dies_writes_get_500_readiness_503_and_reads_go_on()
    {
        var disk = new FailingDisk();
        var store = await Engine.Store.OpenAsync(new StoreOptions { Files = disk });
        await using var running = RunningServer.Of(await StorageServer.StartAsync(new ServerOptions { Port = 0 }, store));
        Assert.Equal(200, (await SendAsync("CreateTable", Table)).Status);
        Assert.Equal(200, (await SendAsync("PutItem", """{"TableName":"Things","Item":{"id":{"S":"a"}}}""")).Status);
        Assert.Equal(200, (await ReadinessAsync()).Status);

        disk.Die();
        var refused = await SendAsync("PutItem", """{"TableName":"Things","Item":{"id":{"S":"b"}}}""");
        Assert.Equal((500, "InternalServerError"), (refused.Status, refused.ErrorType));
        Assert.DoesNotContain("   at ", refused.Text, StringComparison.Ordinal);

        var readiness = await ReadinessAsync();
        Assert.Equal((503, store.WritesStoppedBecause + "\n"), (readiness.Status, readiness.Text));
        var read = await SendAsync("GetItem", """{"TableName":"Things","Key":{"id":{"S":"a"}}}""");
        Assert.Equal((200, """{"Item":{"id":{"S":"a"}}}"""), (read.Status, read.Text));

        Task<RawResponse> SendAsync(string operation, string body) => running.SendAsync(WireRequest.Of(operation, body).Text);

        Task<RawResponse> ReadinessAsync() => running.SendAsync(new WireRequest { Method = "GET", Path = "/readyz" }.Text);
    }
}
