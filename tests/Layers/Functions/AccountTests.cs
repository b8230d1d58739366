using System.Text.Json.Nodes;
using Storage.Server.Aws;
using Storage.Server.Lambda;
using Xunit;

namespace Storage.Layers.Tests.Functions;

/// <summary>Reserved concurrency, account settings, tags, settings of asynchronous calls. Sources: recorded answers; the service model.</summary>
public sealed class AccountTests
{
    [Fact]
    public async Task Reservations_leave_the_minimum_to_the_others()
    {
        await using var rig = await FunctionRig.StartAsync(new LambdaOptions { AccountConcurrency = 50, UnreservedConcurrencyMin = 20 });
        await rig.CreateAsync("a");
        await rig.CreateAsync("b");
        Assert.Empty(await rig.CallAsync(200, "GET", "/2019-09-30/functions/a/concurrency"));
        var put = await ReserveAsync(rig, "a", 10);
        Assert.Equal("""{"ReservedConcurrentExecutions":10}""", put.ToJsonString());
        Assert.Equal(put.ToJsonString(), (await rig.CallAsync(200, "GET", "/2019-09-30/functions/a/concurrency")).ToJsonString());
        Assert.Equal(10, (await rig.CallAsync(200, "GET", "/2015-03-31/functions/a"))["Concurrency"]!["ReservedConcurrentExecutions"]!.GetValue<int>());
        var fault = await rig.RefusedAsync(
            400, "InvalidParameterValueException", "PUT", "/2017-10-31/functions/b/concurrency", Reservation(21));
        Assert.Equal(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [20].",
            fault.Message);
        await ReserveAsync(rig, "b", 20);
        await ReserveAsync(rig, "a", 10);
        await ReserveAsync(rig, "a", 0);
        Assert.Equal((20, 0, 20), (rig.Catalog.ReservedConcurrencyTotal, rig.Catalog.ReservedConcurrency("a"), rig.Catalog.ReservedConcurrency("b")));
        rig.Changed.Clear();
        await rig.CallAsync(204, "DELETE", "/2017-10-31/functions/b/concurrency");
        Assert.Equal(["b"], rig.Changed);
        Assert.Null(rig.Catalog.ReservedConcurrency("b"));
        Assert.Equal(0, rig.Catalog.ReservedConcurrencyTotal);
        await ReserveAsync(rig, "a", 30);
    }

    /// <summary>The walk of the notes: account 50, minimum unreserved 0, A reserves 10.</summary>
    [Fact]
    public async Task With_the_default_minimum_an_account_of_50_reserves_nothing()
    {
        await using var strict = await FunctionRig.StartAsync(new LambdaOptions { AccountConcurrency = 50 });
        await strict.CreateAsync("a");
        var fault = await strict.RefusedAsync(
            400, "InvalidParameterValueException", "PUT", "/2017-10-31/functions/a/concurrency", Reservation(10));
        Assert.EndsWith("below its minimum value of [100].", fault.Message, StringComparison.Ordinal);
        await using var open = await FunctionRig.StartAsync(new LambdaOptions { AccountConcurrency = 50, UnreservedConcurrencyMin = 0 });
        await open.CreateAsync("a");
        await ReserveAsync(open, "a", 10);
    }

    [Fact]
    public async Task Racing_reservations_never_go_over()
    {
        await using var rig = await FunctionRig.StartAsync(new LambdaOptions { AccountConcurrency = 100, UnreservedConcurrencyMin = 50 });
        var names = Enumerable.Range(0, 8).Select(number => $"f{number}").ToList();
        foreach (var name in names)
        {
            await rig.CreateAsync(name);
        }

        await Task.WhenAll(names.Select(name => Task.Run(async () =>
        {
            try
            {
                await ReserveAsync(rig, name, 10);
            }
            catch (AwsException refusal) when (refusal.Fault.Code == "InvalidParameterValueException")
            {
            }
        })));
        Assert.Equal(50, rig.Catalog.ReservedConcurrencyTotal);
    }

    [Fact]
    public async Task What_is_no_reservation_is_refused()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f", body => body["Publish"] = true);
        await rig.RefusedAsync(400, "ValidationException", "PUT", "/2017-10-31/functions/f/concurrency", []);
        await rig.RefusedAsync(400, "ValidationException", "PUT", "/2017-10-31/functions/f/concurrency", Reservation(-1));
        var fault = await rig.RefusedAsync(
            400, "InvalidParameterValueException", "PUT", "/2017-10-31/functions/f:1/concurrency", Reservation(1));
        Assert.StartsWith("This operation is permitted on Lambda functions only.", fault.Message, StringComparison.Ordinal);
        await rig.RefusedAsync(404, "ResourceNotFoundException", "PUT", "/2017-10-31/functions/g/concurrency", Reservation(1));
        await rig.RefusedAsync(404, "ResourceNotFoundException", "GET", "/2019-09-30/functions/g/concurrency");
    }

    [Fact]
    public async Task Account_settings_tell_limits_and_usage()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f", body => body["Publish"] = true);
        await rig.CreateAsync("g");
        await ReserveAsync(rig, "f", 100);
        var size = Zips.Python().Length;
        Assert.Equal(
            $$$"""{"AccountLimit":{"TotalCodeSize":80530636800,"CodeSizeUnzipped":262144000,"CodeSizeZipped":52428800,"ConcurrentExecutions":1000,"UnreservedConcurrentExecutions":900},"AccountUsage":{"TotalCodeSize":{{{3 * size}}},"FunctionCount":2}}""",
            (await rig.CallAsync(200, "GET", "/2016-08-19/account-settings")).ToJsonString());
    }

    [Fact]
    public async Task Tags_are_added_listed_and_removed()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f", body => body["Tags"] = new JsonObject { ["a"] = "1" });
        var tags = "/2017-03-31/tags/" + Uri.EscapeDataString(FunctionRig.Arn + "f");
        Assert.Equal("""{"a":"1"}""", (await rig.CallAsync(200, "GET", "/2015-03-31/functions/f"))["Tags"]!.ToJsonString());
        await rig.CallAsync(204, "POST", tags, Tags(("b", "2"), ("c", "3")));
        await rig.CallAsync(204, "DELETE", tags + "?tagKeys=a&tagKeys=c&tagKeys=x");
        Assert.Equal("""{"Tags":{"b":"2"}}""", (await rig.CallAsync(200, "GET", tags)).ToJsonString());
        await rig.RefusedAsync(400, "ValidationException", "DELETE", tags);
        await rig.RefusedAsync(400, "InvalidParameterValueException", "POST", tags, []);
        await rig.CallAsync(204, "POST", tags, Tags([.. Enumerable.Range(0, 49).Select(number => ($"k{number}", "v"))]));
        var fault = await rig.RefusedAsync(400, "InvalidParameterValueException", "POST", tags, Tags(("one", "more")));
        Assert.Equal("Number of tags exceeds resource tag limit.", fault.Message);
        fault = await rig.RefusedAsync(400, "InvalidParameterValueException", "GET", tags + "%3A1");
        Assert.Equal("Tags on function aliases and versions are not supported. Please specify a function ARN.", fault.Message);
        await rig.RefusedAsync(
            404, "ResourceNotFoundException", "GET", "/2017-03-31/tags/" + Uri.EscapeDataString(FunctionRig.Arn + "g"));
        await rig.RefusedAsync(400, "ValidationException", "GET", "/2017-03-31/tags/f");
    }

    [Fact]
    public async Task Settings_of_asynchronous_calls_are_found_for_their_qualifier()
    {
        await using var rig = await FunctionRig.StartAsync();
        await VersionAndAliasTests.CreateWithVersionsAsync(rig, 1);
        const string target = "/2019-09-25/functions/f/event-invoke-config";
        Assert.Null(await rig.Catalog.FindEventInvokeConfigAsync("f", null, default));
        var fault = await rig.RefusedAsync(404, "ResourceNotFoundException", "GET", target);
        Assert.Equal($"The function {FunctionRig.Arn}f:$LATEST doesn't have an EventInvokeConfig", fault.Message);
        var put = await rig.CallAsync(200, "PUT", target, new JsonObject { ["MaximumRetryAttempts"] = 0 });
        Assert.Equal(
            """{"LastModified":1795453200,"FunctionArn":"ARNf:$LATEST","MaximumRetryAttempts":0,"DestinationConfig":{"OnSuccess":{},"OnFailure":{}}}"""
                .Replace("ARN", FunctionRig.Arn, StringComparison.Ordinal),
            put.ToJsonString());
        await rig.CallAsync(200, "POST", target, new JsonObject { ["MaximumEventAgeInSeconds"] = 60 });
        await rig.CallAsync(200, "PUT", target + "?Qualifier=1", new JsonObject { ["MaximumRetryAttempts"] = 1 });
        var found = await rig.Catalog.FindEventInvokeConfigAsync("f", null, default);
        Assert.Equal((0, 60), (found!.MaximumRetryAttempts, found.MaximumEventAgeSeconds));
        Assert.Equal(found, await rig.Catalog.FindEventInvokeConfigAsync("f", "$LATEST", default));
        found = await rig.Catalog.FindEventInvokeConfigAsync("f", "1", default);
        Assert.Equal((1, null), (found!.MaximumRetryAttempts, found.MaximumEventAgeSeconds));
        var list = await rig.CallAsync(200, "GET", target + "/list");
        Assert.Equal(2, list["FunctionEventInvokeConfigs"]!.AsArray().Count);
        await rig.RefusedAsync(400, "ValidationException", "PUT", target, new JsonObject { ["MaximumRetryAttempts"] = 3 });
        await rig.RefusedAsync(400, "ValidationException", "PUT", target, new JsonObject { ["MaximumEventAgeInSeconds"] = 59 });
        await rig.RefusedAsync(400, "InvalidParameterValueException", "PUT", target, []);
        await rig.RefusedAsync(400, "InvalidParameterValueException", "PUT", target, (JsonObject)JsonNode.Parse(
            """{"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:sqs:us-east-1:123456789012:q"}}}""")!);
        await rig.CallAsync(204, "DELETE", target);
        Assert.Null(await rig.Catalog.FindEventInvokeConfigAsync("f", null, default));
    }

    private static JsonObject Reservation(int number) => new() { ["ReservedConcurrentExecutions"] = number };

    private static Task<JsonObject> ReserveAsync(FunctionRig rig, string name, int number) =>
        rig.CallAsync(200, "PUT", $"/2017-10-31/functions/{name}/concurrency", Reservation(number));

    private static JsonObject Tags(params (string Key, string Value)[] tags)
    {
        var json = new JsonObject();
        foreach (var (key, value) in tags)
        {
            json[key] = value;
        }

        return new JsonObject { ["Tags"] = json };
    }
}
