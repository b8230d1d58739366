using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Storage.Layers.Tests.Aws;
using Storage.Server.Contracts;
using Storage.Server.Logs;
using Xunit;

namespace Storage.Layers.Tests.Logs;

/// <summary>A log service over a store in memory, with a clock of the test's.</summary>
public abstract class LogsTest : IAsyncLifetime
{
    private RouterRig rig = null!;

    private protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero));

    private protected Store Store { get; private set; } = null!;

    private protected LogsService Logs { get; private set; } = null!;

    private protected long Now => Time.GetUtcNow().ToUnixTimeMilliseconds();

    public async Task InitializeAsync()
    {
        Store = await Store.OpenAsync(new StoreOptions { Seed = 1, Time = Time });
        Logs = new LogsService(Store, Time);
        await Logs.StartAsync(default);
        rig = RouterRig.Of(Logs.Service);
    }

    public async Task DisposeAsync()
    {
        await rig.DisposeAsync();
        await Store.DisposeAsync();
    }

    private protected async Task<JsonObject> OkAsync(string operation, string request)
    {
        var answer = await rig.SendJsonAsync("logs", "Logs_20140328." + operation, request.Replace('\'', '"'));
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json;
    }

    private protected async Task RefusedAsync(string operation, string request, string type, string message)
    {
        var answer = await rig.SendJsonAsync("logs", "Logs_20140328." + operation, request.Replace('\'', '"'));
        Assert.Equal((400, type, message), (answer.Status, (string?)answer.Json["__type"], (string?)answer.Json["message"]));
    }

    private protected Task<Answer> SendAsync(string operation, string request) =>
        rig.SendJsonAsync("logs", "Logs_20140328." + operation, request.Replace('\'', '"'));

    private protected async Task AppendAsync(string stream, params (long Millis, string Message)[] lines) => await Logs.AppendAsync(
        "/aws/lambda/hello",
        stream,
        [.. lines.Select(line => new LogLine(DateTimeOffset.FromUnixTimeMilliseconds(line.Millis), line.Message))],
        default);

    private protected static IEnumerable<string> Messages(JsonObject answer) =>
        answer["events"]!.AsArray().Select(one => (string)one!["message"]!);

    private protected static IEnumerable<string> Names(JsonObject answer, string list, string member) =>
        answer[list]!.AsArray().Select(one => (string)one![member]!);
}

/// <summary>Groups, streams, and what becomes of them.</summary>
public sealed class LogGroupTests : LogsTest
{
    [Fact]
    public async Task A_group_is_made_once_described_and_deleted()
    {
        await OkAsync("CreateLogGroup", "{'logGroupName':'/aws/lambda/hello'}");
        await RefusedAsync(
            "CreateLogGroup", "{'logGroupName':'/aws/lambda/hello'}", "ResourceAlreadyExistsException", "The specified log group already exists");
        var group = (await OkAsync("DescribeLogGroups", "{}"))["logGroups"]![0]!;
        Assert.Equal(
            """{"logGroupName":"/aws/lambda/hello","creationTime":1793491200000,"metricFilterCount":0,"arn":"arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/hello:*","storedBytes":0,"logGroupClass":"STANDARD","logGroupArn":"arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/hello"}""",
            group.ToJsonString());
        await OkAsync("DeleteLogGroup", "{'logGroupName':'/aws/lambda/hello'}");
        await RefusedAsync(
            "DeleteLogGroup", "{'logGroupName':'/aws/lambda/hello'}", "ResourceNotFoundException", "The specified log group does not exist.");
        Assert.Empty((await OkAsync("DescribeLogGroups", "{}"))["logGroups"]!.AsArray());
    }

    [Fact]
    public async Task Groups_come_in_pages_by_name_with_a_prefix()
    {
        for (var i = 0; i < 7; i++)
        {
            await OkAsync("CreateLogGroup", "{'logGroupName':'a" + i + "'}");
        }

        await OkAsync("CreateLogGroup", "{'logGroupName':'b'}");
        var first = await OkAsync("DescribeLogGroups", "{'limit':5,'logGroupNamePrefix':'a'}");
        Assert.Equal(["a0", "a1", "a2", "a3", "a4"], Names(first, "logGroups", "logGroupName"));
        var second = await OkAsync("DescribeLogGroups", "{'limit':5,'logGroupNamePrefix':'a','nextToken':'" + first["nextToken"] + "'}");
        Assert.Equal(["a5", "a6"], Names(second, "logGroups", "logGroupName"));
        Assert.Null(second["nextToken"]);
        await RefusedAsync(
            "DescribeLogGroups", "{'nextToken':'?'}", "InvalidParameterException", "The specified nextToken is invalid.");
    }

    [Theory]
    [InlineData("{}", "Value null at 'logGroupName' failed to satisfy constraint: Member must not be null")]
    [InlineData("{'logGroupName':''}", "Value '' at 'logGroupName' failed to satisfy constraint: Member must have length greater than or equal to 1")]
    [InlineData("{'logGroupName':'a:b'}", @"Value 'a:b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+")]
    public async Task A_wrong_name_is_refused(string request, string message) =>
        await RefusedAsync("CreateLogGroup", request, "InvalidParameterException", "1 validation error detected: " + message);

    /// <summary>Names are keys of items, so longer ones than keys may be must not get there.</summary>
    [Theory]
    [InlineData("DescribeLogGroups", "{'nextToken':'@'}")]
    [InlineData("DescribeLogStreams", "{'logGroupName':'/aws/lambda/hello','nextToken':'@'}")]
    [InlineData("DescribeLogStreams", "{'logGroupName':'/aws/lambda/hello','logStreamNamePrefix':'@'}")]
    [InlineData("FilterLogEvents", "{'logGroupName':'/aws/lambda/hello','logStreamNamePrefix':'@'}")]
    [InlineData("FilterLogEvents", "{'logGroupName':'/aws/lambda/hello','logStreamNames':['@']}")]
    [InlineData("FilterLogEvents", "{'logGroupName':'/aws/lambda/hello','logStreamNames':['\\ud800']}")]
    [InlineData("GetLogEvents", "{'logGroupName':'/aws/lambda/hello','logStreamName':'\\ud800'}")]
    public async Task A_name_or_token_that_no_key_can_be_is_the_clients_mistake(string operation, string request)
    {
        await AppendAsync("a", (Now, "x"));
        var answer = await SendAsync(operation, request.Replace("@", new string('A', 4096), StringComparison.Ordinal));
        Assert.Equal(400, answer.Status);
    }

    [Fact]
    public async Task Events_that_come_while_the_retention_is_set_have_it_too()
    {
        await AppendAsync("a", (Now, "first"));
        var appending = Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                await AppendAsync("a", (Now + i, "x"));
            }
        });
        await OkAsync("PutRetentionPolicy", "{'logGroupName':'/aws/lambda/hello','retentionInDays':1}");
        await appending;
        await foreach (var item in Store.ScanAsync("$logs", null, default))
        {
            Assert.Equal(item.TryGetValue("lines", out _), item.TryGetValue("ttl", out _));
        }
    }

    [Fact]
    public async Task Streams_are_listed_by_name_or_by_their_last_event()
    {
        await AppendAsync("b", (Now, "x"));
        await AppendAsync("a", (Now + 50, "x"));
        await AppendAsync("c", (Now + 10, "x"));
        await OkAsync("CreateLogStream", "{'logGroupName':'/aws/lambda/hello','logStreamName':'empty'}");
        await RefusedAsync(
            "CreateLogStream",
            "{'logGroupName':'/aws/lambda/hello','logStreamName':'a'}",
            "ResourceAlreadyExistsException",
            "The specified log stream already exists");
        await RefusedAsync(
            "CreateLogStream", "{'logGroupName':'x','logStreamName':'a'}", "ResourceNotFoundException", "The specified log group does not exist.");

        var byName = await OkAsync("DescribeLogStreams", "{'logGroupName':'/aws/lambda/hello','limit':3}");
        Assert.Equal(["a", "b", "c"], Names(byName, "logStreams", "logStreamName"));
        var rest = await OkAsync("DescribeLogStreams", "{'logGroupName':'/aws/lambda/hello','nextToken':'" + byName["nextToken"] + "'}");
        Assert.Equal(["empty"], Names(rest, "logStreams", "logStreamName"));
        var byTime = await OkAsync(
            "DescribeLogStreams", "{'logGroupIdentifier':'arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/hello:*','orderBy':'LastEventTime','descending':true,'limit':2}");
        Assert.Equal(["a", "c"], Names(byTime, "logStreams", "logStreamName"));
        var older = await OkAsync(
            "DescribeLogStreams",
            "{'logGroupName':'/aws/lambda/hello','orderBy':'LastEventTime','descending':true,'nextToken':'" + byTime["nextToken"] + "'}");
        Assert.Equal(["b", "empty"], Names(older, "logStreams", "logStreamName"));
        var described = byTime["logStreams"]![0]!;
        Assert.Equal(Now + 50, (long)described["lastEventTimestamp"]!);
        Assert.Equal(
            "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/hello:log-stream:a", (string?)described["arn"]);
        await RefusedAsync(
            "DescribeLogStreams",
            "{'logGroupName':'/aws/lambda/hello','orderBy':'LastEventTime','logStreamNamePrefix':'a'}",
            "InvalidParameterException",
            "Cannot order by LastEventTime with a logStreamNamePrefix.");
    }

    [Fact]
    public async Task A_deleted_stream_or_group_leaves_nothing_behind_and_a_new_one_of_the_name_is_empty()
    {
        await AppendAsync("a", (Now, "one"));
        await AppendAsync("b", (Now, "two"));
        await OkAsync("DeleteLogStream", "{'logGroupName':'/aws/lambda/hello','logStreamName':'a'}");
        Assert.Equal(3, (long)(await OkAsync("DescribeLogGroups", "{}"))["logGroups"]![0]!["storedBytes"]!);
        Assert.Equal(["two"], Messages(await OkAsync("FilterLogEvents", "{'logGroupName':'/aws/lambda/hello'}")));
        await OkAsync("DeleteLogGroup", "{'logGroupName':'/aws/lambda/hello'}");
        Assert.Empty(await ItemsAsync());

        await AppendAsync("a", (Now, "new"));
        Assert.Equal(["new"], Messages(await OkAsync("FilterLogEvents", "{'logGroupName':'/aws/lambda/hello'}")));
    }

    [Fact]
    public async Task What_a_crash_left_of_a_deleted_group_goes_at_the_next_start()
    {
        await AppendAsync("a", (Now, "one"));
        var group = LogGroup.Read((await Store.GetAsync("$logs", LogGroup.KeyOf("/aws/lambda/hello")))!);

        // The first step of the deletion, as the log has it when the process dies behind it.
        await Store.TransactWriteAsync([
            TransactAction.Delete("$logs", LogGroup.KeyOf(group.Name)),
            TransactAction.Put("$logs", Item.Of(("pk", "trash"), ("sk", "group:" + group.Id))),
        ]);

        await new LogsService(Store, Time).StartAsync(default);
        Assert.Empty(await ItemsAsync());
    }

    [Fact]
    public async Task A_retention_hides_what_is_older_and_sets_when_it_may_go()
    {
        await AppendAsync("a", (Now, "old"));
        Time.Advance(TimeSpan.FromDays(2));
        await AppendAsync("a", (Now, "young"));
        await RefusedAsync(
            "PutRetentionPolicy",
            "{'logGroupName':'/aws/lambda/hello','retentionInDays':2}",
            "InvalidParameterException",
            "1 validation error detected: Value '2' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: "
            + "[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]");
        await OkAsync("PutRetentionPolicy", "{'logGroupName':'/aws/lambda/hello','retentionInDays':3}");
        await AppendAsync("a", (Now + 20_000, "after"));
        Assert.Equal(3, (int)(await OkAsync("DescribeLogGroups", "{}"))["logGroups"]![0]!["retentionInDays"]!);
        var kept = 3 * 86_400;
        Assert.Equal(
            [(Now / 1000) - (2 * 86_400) + 10 + kept, (Now / 1000) + 10 + kept, (Now / 1000) + 30 + kept],
            (await ItemsAsync()).Where(item => item.TryGetValue("lines", out _)).Select(item => item["ttl"].AsInt64()).Order());
        Assert.Equal(["old", "young", "after"], Messages(await OkAsync("FilterLogEvents", "{'logGroupName':'/aws/lambda/hello'}")));

        // Whether the sweeper has come by or not.
        Time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(["young", "after"], Messages(await OkAsync("FilterLogEvents", "{'logGroupName':'/aws/lambda/hello'}")));
        Assert.Equal(["young", "after"], Messages(await OkAsync("GetLogEvents", "{'logGroupName':'/aws/lambda/hello','logStreamName':'a'}")));

        await OkAsync("DeleteRetentionPolicy", "{'logGroupName':'/aws/lambda/hello'}");
        Assert.Equal(2, (await ItemsAsync()).Count(item => item.TryGetValue("lines", out _) && !item.TryGetValue("ttl", out _)
            && long.Parse(item["sk"].AsString()[..20], System.Globalization.CultureInfo.InvariantCulture) > Now - (3 * 86_400_000L)));
    }

    private async Task<List<Item>> ItemsAsync()
    {
        var items = new List<Item>();
        await foreach (var item in Store.ScanAsync("$logs"))
        {
            items.Add(item);
        }

        return items;
    }
}
