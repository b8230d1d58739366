using System.Text.Json.Nodes;
using CsCheck;
using Storage.Engine;
using Storage.Layers.Tests.Aws;
using Storage.Server.Contracts;
using Storage.Server.Logs;
using Xunit;

namespace Storage.Layers.Tests.Logs;

/// <summary>Events: appended, put, read in the order of their times, filtered.</summary>
public sealed class LogEventTests : LogsTest
{
    private const string Stream = "'logGroupName':'/aws/lambda/hello','logStreamName':'s'";

    [Theory]
    [InlineData("GetLogEvents", "'startTime':9000000000000000000")]
    [InlineData("GetLogEvents", "'startTime':9223372036854775806,'endTime':9223372036854775807")]
    [InlineData("FilterLogEvents", "'startTime':9000000000000000000")]
    [InlineData("FilterLogEvents", "'endTime':-5")]
    public async Task No_event_is_beyond_what_clocks_say(string operation, string times)
    {
        await AppendAsync("a", (Now, "x"));
        var answer = await OkAsync(operation, "{'logGroupName':'/aws/lambda/hello'," + (operation == "GetLogEvents" ? "'logStreamName':'a'," : "") + times + "}");
        Assert.Empty(answer["events"]!.AsArray());
    }

    [Fact]
    public async Task Lines_come_back_by_time_and_those_of_one_time_as_they_came()
    {
        await AppendAsync("s", (Now, "START\n"), (Now, "hello\n"));
        await AppendAsync("s", (Now, "END\n"), (Now + 12_345, "later\n"));
        await AppendAsync("s", (Now - 60_000, "late comer\n"));
        var answer = await OkAsync("GetLogEvents", "{" + Stream + ",'startFromHead':true}");
        Assert.Equal(["late comer\n", "START\n", "hello\n", "END\n", "later\n"], Messages(answer));
        Assert.Equal(Now, (long)answer["events"]![1]!["timestamp"]!);
        Assert.Equal(Now, (long)answer["events"]![1]!["ingestionTime"]!);
    }

    [Fact]
    public async Task Without_startFromHead_the_last_events_come_and_the_backward_token_goes_on()
    {
        await AppendAsync("s", [.. Enumerable.Range(0, 10).Select(i => (Now + (i * 7000L), $"{i}"))]);
        var last = await OkAsync("GetLogEvents", "{" + Stream + ",'limit':4}");
        Assert.Equal(["6", "7", "8", "9"], Messages(last));
        var before = await OkAsync("GetLogEvents", "{" + Stream + ",'limit':4,'nextToken':'" + last["nextBackwardToken"] + "'}");
        Assert.Equal(["2", "3", "4", "5"], Messages(before));
        var first = await OkAsync("GetLogEvents", "{" + Stream + ",'limit':4,'nextToken':'" + before["nextBackwardToken"] + "'}");
        Assert.Equal(["0", "1"], Messages(first));

        // "If you have reached the end of the stream, it returns the same token you passed in." API Reference, GetLogEvents.
        var end = await OkAsync("GetLogEvents", "{" + Stream + ",'nextToken':'" + first["nextBackwardToken"] + "'}");
        Assert.Empty(Messages(end));
        Assert.Equal((string?)first["nextBackwardToken"], (string?)end["nextBackwardToken"]);
        var forward = await OkAsync("GetLogEvents", "{" + Stream + ",'nextToken':'" + last["nextForwardToken"] + "'}");
        Assert.Empty(Messages(forward));
        Assert.Equal((string?)last["nextForwardToken"], (string?)forward["nextForwardToken"]);
        await AppendAsync("s", (Now + 90_000, "new"));
        Assert.Equal(["new"], Messages(await OkAsync("GetLogEvents", "{" + Stream + ",'nextToken':'" + last["nextForwardToken"] + "'}")));
        Assert.Equal(
            ["2", "3", "4", "5"],
            Messages(await OkAsync("GetLogEvents", "{" + Stream + ",'limit':4,'nextToken':'" + first["nextForwardToken"] + "'}")));
    }

    /// <summary>"The ID of the event", API Reference, FilteredLogEvent; <c>aws logs tail --follow</c> passes over ids it has seen.</summary>
    [Fact]
    public async Task Events_of_two_streams_at_one_time_have_ids_of_their_own_that_stay()
    {
        foreach (var stream in new[] { "s", "t" })
        {
            await AppendAsync(stream, (Now, "one"), (Now, "two"));
            await AppendAsync(stream, (Now, "three"));
        }

        const string Group = "{'logGroupName':'/aws/lambda/hello'}";
        var ids = (await OkAsync("FilterLogEvents", Group))["events"]!.AsArray().Select(one => (string?)one!["eventId"]).ToList();
        Assert.Equal(6, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[0-9]{56}$", id));
        Assert.Equal(ids, (await OkAsync("FilterLogEvents", Group))["events"]!.AsArray().Select(one => (string?)one!["eventId"]));
    }

    [Fact]
    public async Task Times_bound_what_is_read_the_end_outside_for_Get_and_inside_for_Filter()
    {
        await AppendAsync("s", [.. Enumerable.Range(0, 5).Select(i => (Now + (i * 10L), $"{i}"))]);
        var times = $",'startTime':{Now + 10},'endTime':{Now + 30}";
        Assert.Equal(["1", "2"], Messages(await OkAsync("GetLogEvents", "{" + Stream + times + "}")));
        Assert.Equal(["1", "2", "3"], Messages(await OkAsync("FilterLogEvents", "{'logGroupName':'/aws/lambda/hello'" + times + "}")));
    }

    [Fact]
    public async Task An_append_without_lines_makes_nothing_and_a_large_one_comes_back_whole()
    {
        await AppendAsync("s");
        Assert.Empty((await OkAsync("DescribeLogGroups", "{}"))["logGroups"]!.AsArray());

        var lines = Enumerable.Range(0, 9).Select(i => (Now + i, new string((char)('a' + i), 1_000_000))).ToArray();
        await AppendAsync("s", [.. lines, (Now + 10, new string('z', 2_500_000))]);
        var texts = new List<string>();
        string? token = null;
        while (true)
        {
            var page = await OkAsync("GetLogEvents", "{" + Stream + ",'startFromHead':true" + (token is null ? "" : ",'nextToken':'" + token + "'") + "}");
            if (!Messages(page).Any())
            {
                break;
            }

            texts.AddRange(Messages(page));
            token = (string?)page["nextForwardToken"];
        }

        Assert.Equal(string.Concat(lines.Select(line => line.Item2)) + new string('z', 2_500_000), string.Concat(texts));
        Assert.True(texts.Count > lines.Length + 1);
    }

    [Fact]
    public async Task Whatever_is_appended_in_whatever_order_is_read_in_the_order_of_times()
    {
        var line = Gen.Select(Gen.Long[0, 200_000], Gen.String[Gen.Char.AlphaNumeric, 1, 5], Gen.Int[0, 3]);
        await line.List[1, 30].SampleAsync(
            async lines =>
            {
                await using var store = await Store.OpenAsync(new StoreOptions { Seed = 1, Time = Time });
                var logs = new LogsService(store, Time);
                await logs.StartAsync(default);
                await using var rig = RouterRig.Of(logs.Service);
                foreach (var (offset, text, stream) in lines)
                {
                    await logs.AppendAsync("g", $"s{stream}", [new LogLine(Time.GetUtcNow().AddMilliseconds(offset), text)], default);
                }

                var expected = lines.Select((one, i) => (one.Item1, one.Item3, i, one.Item2)).Order().Select(one => one.Item4);
                var seen = new List<string>();
                string? token = null;
                do
                {
                    var answer = (await rig.SendJsonAsync(
                        "logs",
                        "Logs_20140328.FilterLogEvents",
                        new JsonObject { ["logGroupName"] = "g", ["limit"] = 7, ["nextToken"] = token }.ToJsonString())).Json;
                    seen.AddRange(Messages(answer));
                    token = (string?)answer["nextToken"];
                }
                while (token is not null);
                Assert.Equal(expected, seen);
            },
            iter: 25,
            threads: 1);
    }

    [Fact]
    public async Task Filter_looks_at_the_streams_that_are_named()
    {
        await AppendAsync("a1", (Now, "x"));
        await AppendAsync("a2", (Now + 1, "y"));
        await AppendAsync("b", (Now + 2, "z"));
        const string Group = "{'logGroupName':'/aws/lambda/hello'";
        Assert.Equal(["x", "y"], Messages(await OkAsync("FilterLogEvents", Group + ",'logStreamNamePrefix':'a'}")));
        var named = await OkAsync("FilterLogEvents", Group + ",'logStreamNames':['b','a1']}");
        Assert.Equal(["x", "z"], Messages(named));
        Assert.Equal("a1", (string?)named["events"]![0]!["logStreamName"]);
        Assert.Matches("^[0-9]{56}$", (string?)named["events"]![0]!["eventId"]);
        await RefusedAsync(
            "FilterLogEvents", Group + ",'logStreamNames':['none']}", "ResourceNotFoundException", "The specified log stream does not exist.");
        await RefusedAsync(
            "FilterLogEvents",
            Group + ",'logStreamNames':['b'],'logStreamNamePrefix':'a'}",
            "InvalidParameterException",
            "LogStreamNames and LogStreamNamePrefix are mutually exclusive parameters.");
    }

    [Fact]
    public async Task PutLogEvents_takes_what_AWS_takes()
    {
        const string Put = "{'logGroupName':'/g','logStreamName':'s','logEvents':[";
        await RefusedAsync(
            "PutLogEvents", Put + "{'timestamp':1,'message':'x'}]}", "ResourceNotFoundException", "The specified log group does not exist.");
        await OkAsync("CreateLogGroup", "{'logGroupName':'/g'}");
        await RefusedAsync(
            "PutLogEvents", Put + "{'timestamp':1,'message':'x'}]}", "ResourceNotFoundException", "The specified log stream does not exist.");
        await OkAsync("CreateLogStream", "{'logGroupName':'/g','logStreamName':'s'}");
        await RefusedAsync(
            "PutLogEvents",
            Put + "{'timestamp':" + Now + ",'message':'x'},{'timestamp':" + (Now - 1) + ",'message':'y'}]}",
            "InvalidParameterException",
            "Log events in a single PutLogEvents request must be in chronological order.");
        await RefusedAsync(
            "PutLogEvents",
            Put + "{'timestamp':" + (Now - 86_400_001) + ",'message':'x'},{'timestamp':" + Now + ",'message':'y'}]}",
            "InvalidParameterException",
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
        await RefusedAsync(
            "PutLogEvents",
            Put + "{'timestamp':" + Now + ",'message':'" + new string('x', 600_000) + "'},{'timestamp':" + Now + ",'message':'" + new string('x', 600_000) + "'}]}",
            "InvalidParameterException",
            "Upload too large: 1200052 bytes exceeds limit of 1048576");

        var future = await OkAsync(
            "PutLogEvents", Put + "{'timestamp':" + Now + ",'message':'now'},{'timestamp':" + (Now + 7_200_001) + ",'message':'too new'}]}");
        Assert.Equal("""{"tooNewLogEventStartIndex":1}""", future["rejectedLogEventsInfo"]!.ToJsonString());
        var past = await OkAsync("PutLogEvents", Put + "{'timestamp':" + (Now - (15 * 86_400_000L)) + ",'message':'too old'}]}");
        Assert.Equal("""{"tooOldLogEventEndIndex":1}""", past["rejectedLogEventsInfo"]!.ToJsonString());
        Assert.Equal(["now"], Messages(await OkAsync("FilterLogEvents", "{'logGroupName':'/g'}")));
    }

    [Fact]
    public async Task Many_appends_at_once_lose_nothing_and_a_restart_keeps_all()
    {
        var directory = Directory.CreateTempSubdirectory("storage-logs-");
        try
        {
            await using (var store = await Store.OpenAsync(directory.FullName))
            {
                var logs = new LogsService(store, Time);
                await logs.StartAsync(default);
                await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(async () =>
                    await logs.AppendAsync("g", $"s{i % 4}", [new LogLine(Time.GetUtcNow(), $"{i}")], default))));
            }

            await using var reopened = await Store.OpenAsync(directory.FullName);
            var again = new LogsService(reopened, Time);
            await again.StartAsync(default);
            await again.AppendAsync("g", "s0", [new LogLine(Time.GetUtcNow(), "64")], default);
            await using var rig = RouterRig.Of(again.Service);
            var answer = await rig.SendJsonAsync("logs", "Logs_20140328.FilterLogEvents", """{"logGroupName":"g"}""");
            Assert.Equal(Enumerable.Range(0, 65), Messages(answer.Json).Select(int.Parse).Order());
        }
        finally
        {
            directory.Delete(true);
        }
    }
}
