using System.Text.Json.Nodes;
using CsCheck;
using Storage.Server.Lambda;
using Storage.Server.Lambda.Functions;
using Xunit;

namespace Storage.Layers.Tests.Functions;

/// <summary>Versions and aliases. Sources: API reference of Lambda; recorded answers.</summary>
public sealed class VersionAndAliasTests
{
    /// <summary>"Lambda doesn't publish a version if the function's configuration and code haven't changed since the last version."</summary>
    [Fact]
    public async Task The_same_code_and_configuration_is_published_once()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f", body => body["Environment"] = JsonNode.Parse("""{"Variables":{"AB":"1"}}"""));
        var first = await rig.PublishAsync("f", new JsonObject { ["Description"] = "first" });
        Assert.Equal("1", first["Version"]!.GetValue<string>());
        Assert.Equal("first", first["Description"]!.GetValue<string>());
        Assert.Equal(FunctionRig.Arn + "f:1", first["FunctionArn"]!.GetValue<string>());
        var again = await rig.PublishAsync("f", new JsonObject { ["Description"] = "second" });
        Assert.Equal(first.ToJsonString(), again.ToJsonString());
        await rig.UpdateCodeAsync("f", "return 1");
        Assert.Equal("1", (await rig.PublishAsync("f"))["Version"]!.GetValue<string>());

        await rig.UpdateCodeAsync("f", "return 2");
        Assert.Equal("2", (await rig.PublishAsync("f"))["Version"]!.GetValue<string>());
        await rig.CallAsync(
            200, "PUT", "/2015-03-31/functions/f/configuration", (JsonObject)JsonNode.Parse("""{"Environment":{"Variables":{"AB":"2"}}}""")!);
        Assert.Equal("3", (await rig.PublishAsync("f"))["Version"]!.GetValue<string>());
        Assert.Equal("4", (await rig.UpdateCodeAsync("f", "return 4", new JsonObject { ["Publish"] = true }))["Version"]!.GetValue<string>());
        Assert.Equal("1", (await rig.Catalog.FindAsync("f", "1", default))!.Version.Environment["AB"]);
        Assert.Equal("2", (await rig.Catalog.FindAsync("f", "3", default))!.Version.Environment["AB"]);
    }

    [Fact]
    public async Task A_version_is_published_of_the_code_and_revision_meant()
    {
        await using var rig = await FunctionRig.StartAsync();
        var created = await rig.CreateAsync("f");
        var sha = created["CodeSha256"]!.GetValue<string>();
        var fault = await rig.RefusedAsync(
            400,
            "InvalidParameterValueException",
            "POST",
            "/2015-03-31/functions/f/versions",
            new JsonObject { ["CodeSha256"] = "other" });
        Assert.Equal(
            $"CodeSHA256 (other) is different from current CodeSHA256 in $LATEST ({sha}). Please try again with the CodeSHA256 in $LATEST.",
            fault.Message);
        await rig.RefusedAsync(
            412,
            "PreconditionFailedException",
            "POST",
            "/2015-03-31/functions/f/versions",
            new JsonObject { ["RevisionId"] = "other" });
        var published = await rig.PublishAsync("f", new JsonObject
        {
            ["CodeSha256"] = sha, ["RevisionId"] = created["RevisionId"]!.GetValue<string>(),
        });
        Assert.Equal("1", published["Version"]!.GetValue<string>());
        await rig.RefusedAsync(404, "ResourceNotFoundException", "POST", "/2015-03-31/functions/g/versions", []);
    }

    [Fact]
    public async Task Versions_are_listed_in_order_page_by_page()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f");
        for (var i = 1; i <= 12; i++)
        {
            await rig.CallAsync(
                200, "PUT", "/2015-03-31/functions/f/configuration", new JsonObject { ["Description"] = $"{i}" });
            await rig.PublishAsync("f");
        }

        var seen = await PagesAsync(rig, "/2015-03-31/functions/f/versions?MaxItems=5", "Versions", "Version");
        Assert.Equal(["$LATEST", .. Enumerable.Range(1, 12).Select(number => $"{number}")], seen);
        await rig.RefusedAsync(404, "ResourceNotFoundException", "GET", "/2015-03-31/functions/g/versions");
    }

    [Fact]
    public async Task Functions_are_listed_by_name_page_by_page_with_all_versions_on_demand()
    {
        await using var rig = await FunctionRig.StartAsync();
        foreach (var name in new[] { "b", "a", "c", "B" })
        {
            await rig.CreateAsync(name, body => body["Publish"] = true);
        }

        Assert.Equal(
            ["B", "a", "b", "c"], await PagesAsync(rig, "/2015-03-31/functions?MaxItems=3", "Functions", "FunctionName"));
        string[] all = [.. new[] { "B", "a", "b", "c" }.SelectMany(name => new[] { name + ":$LATEST", name + ":1" })
            .Select(name => FunctionRig.Arn + name)];
        foreach (var items in Enumerable.Range(1, 9))
        {
            Assert.Equal(all, await PagesAsync(
                rig, $"/2015-03-31/functions?FunctionVersion=ALL&MaxItems={items}", "Functions", "FunctionArn"));
        }

        var listed = (await rig.CallAsync(200, "GET", "/2015-03-31/functions"))["Functions"]![0]!.AsObject();
        Assert.False(listed.ContainsKey("State"));
        await rig.RefusedAsync(400, "ValidationException", "GET", "/2015-03-31/functions?MaxItems=0");
        await rig.RefusedAsync(400, "ValidationException", "GET", "/2015-03-31/functions?FunctionVersion=SOME");
        await rig.RefusedAsync(400, "InvalidParameterValueException", "GET", "/2015-03-31/functions?Marker=%21");
    }

    [Fact]
    public async Task A_page_has_50_functions_at_most()
    {
        await using var rig = await FunctionRig.StartAsync();
        for (var i = 0; i < 51; i++)
        {
            await rig.CreateAsync($"f{i:D2}");
        }

        var page = await rig.CallAsync(200, "GET", "/2015-03-31/functions?MaxItems=10000");
        Assert.Equal(50, page["Functions"]!.AsArray().Count);
        Assert.NotNull(page["NextMarker"]);
    }

    [Fact]
    public async Task An_alias_lives_as_recorded()
    {
        await using var rig = await FunctionRig.StartAsync();
        await CreateWithVersionsAsync(rig, 2);
        var created = await rig.CallAsync(201, "POST", "/2015-03-31/functions/f/aliases", (JsonObject)JsonNode.Parse(
            """{"Name":"live","FunctionVersion":"1","Description":"d","RoutingConfig":{"AdditionalVersionWeights":{"2":0.05}}}""")!);
        var revision = created["RevisionId"]!.GetValue<string>();
        Assert.Equal(
            new JsonObject
            {
                ["AliasArn"] = FunctionRig.Arn + "f:live",
                ["Name"] = "live",
                ["FunctionVersion"] = "1",
                ["Description"] = "d",
                ["RoutingConfig"] = new JsonObject { ["AdditionalVersionWeights"] = new JsonObject { ["2"] = 0.05 } },
                ["RevisionId"] = revision,
            }.ToJsonString(),
            created.ToJsonString());
        Assert.Equal(created.ToJsonString(), (await rig.CallAsync(200, "GET", "/2015-03-31/functions/f/aliases/live")).ToJsonString());
        var fault = await rig.RefusedAsync(
            409,
            "ResourceConflictException",
            "POST",
            "/2015-03-31/functions/f/aliases",
            new JsonObject { ["Name"] = "live", ["FunctionVersion"] = "1" });
        Assert.Equal($"Alias already exists: {FunctionRig.Arn}f:live", fault.Message);

        var found = await rig.Catalog.FindAsync("f:live", null, default);
        Assert.Equal(FunctionRig.Arn + "f:live", found!.InvokedArn);
        var updated = await rig.CallAsync(200, "PUT", "/2015-03-31/functions/f/aliases/live", (JsonObject)JsonNode.Parse(
            $$$"""{"FunctionVersion":"2","RoutingConfig":{"AdditionalVersionWeights":{}},"RevisionId":"{{{revision}}}"}""")!);
        Assert.False(updated.ContainsKey("RoutingConfig"));
        Assert.Equal("d", updated["Description"]!.GetValue<string>());
        Assert.Equal("2", (await rig.Catalog.FindAsync("f", "live", default))!.Version.Version);
        await rig.RefusedAsync(
            412,
            "PreconditionFailedException",
            "PUT",
            "/2015-03-31/functions/f/aliases/live",
            new JsonObject { ["RevisionId"] = revision });
        var configuration = await rig.CallAsync(200, "GET", "/2015-03-31/functions/f/configuration?Qualifier=live");
        Assert.Equal(FunctionRig.Arn + "f:live", configuration["FunctionArn"]!.GetValue<string>());
        Assert.Equal("2", configuration["Version"]!.GetValue<string>());

        await rig.CallAsync(204, "DELETE", "/2015-03-31/functions/f/aliases/live");
        await rig.CallAsync(204, "DELETE", "/2015-03-31/functions/f/aliases/live");
        Assert.Null(await rig.Catalog.FindAsync("f", "live", default));
        fault = await rig.RefusedAsync(
            404, "ResourceNotFoundException", "GET", "/2015-03-31/functions/f/aliases/live");
        Assert.Equal($"Cannot find alias arn: {FunctionRig.Arn}f:live", fault.Message);
    }

    [Theory]
    [InlineData("{\"Name\":\"12\",\"FunctionVersion\":\"1\"}", "ValidationException", "1 validation error detected: Value '12' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)")]
    [InlineData("{\"Name\":\"a\"}", "ValidationException", "1 validation error detected: Value null at 'functionVersion' failed to satisfy constraint: Member must not be null")]
    [InlineData("{\"Name\":\"a\",\"FunctionVersion\":\"live\"}", "ValidationException", @"1 validation error detected: Value 'live' at 'functionVersion' failed to satisfy constraint: Member must satisfy regular expression pattern: (\$LATEST(\.PUBLISHED)?|[0-9]+)")]
    [InlineData("{\"Name\":\"a\",\"FunctionVersion\":\"9\"}", "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:f:9")]
    [InlineData("{\"Name\":\"a\",\"FunctionVersion\":\"1\",\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"9\":0.5}}}", "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:f:9")]
    [InlineData("{\"Name\":\"a\",\"FunctionVersion\":\"1\",\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"1\":0.5}}}", "InvalidParameterValueException", "Invalid function version 1. Function version 1 is already included in routing configuration.")]
    [InlineData("{\"Name\":\"a\",\"FunctionVersion\":\"$LATEST\",\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"1\":0.5}}}", "InvalidParameterValueException", "$LATEST is not supported for an alias pointing to more than 1 version")]
    [InlineData("{\"Name\":\"a\",\"FunctionVersion\":\"1\",\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"2\":0.5,\"3\":0.1}}}", "InvalidParameterValueException", "Number of items in AdditionalVersionWeights cannot be greater than 1")]
    [InlineData("{\"Name\":\"a\",\"FunctionVersion\":\"1\",\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"2\":1.5}}}", "ValidationException", "1 validation error detected: Value '{2=1.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]")]
    [InlineData("{\"Name\":\"a\",\"FunctionVersion\":\"1\",\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"x\":0.5}}}", "ValidationException", "1 validation error detected: Value '{x=0.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+, Member must not be null]")]
    public async Task What_no_alias_can_be_is_refused(string body, string code, string message)
    {
        await using var rig = await FunctionRig.StartAsync();
        await CreateWithVersionsAsync(rig, 3);
        var fault = await rig.RefusedAsync(
            code == "ResourceNotFoundException" ? 404 : 400,
            code,
            "POST",
            "/2015-03-31/functions/f/aliases",
            (JsonObject)JsonNode.Parse(body)!);
        Assert.Equal(message, fault.Message);
    }

    [Fact]
    public async Task Aliases_are_listed_by_name_and_by_version()
    {
        await using var rig = await FunctionRig.StartAsync();
        await CreateWithVersionsAsync(rig, 2);
        for (var i = 0; i < 7; i++)
        {
            await rig.CallAsync(
                201,
                "POST",
                "/2015-03-31/functions/f/aliases",
                new JsonObject { ["Name"] = $"a{i}", ["FunctionVersion"] = i % 2 == 0 ? "1" : "2" });
        }

        Assert.Equal(
            ["a0", "a1", "a2", "a3", "a4", "a5", "a6"],
            await PagesAsync(rig, "/2015-03-31/functions/f/aliases?MaxItems=3", "Aliases", "Name"));
        Assert.Equal(
            ["a1", "a3", "a5"],
            await PagesAsync(rig, "/2015-03-31/functions/f/aliases?FunctionVersion=2&MaxItems=1", "Aliases", "Name"));
    }

    /// <summary>RoutingConfig: the share of calls that the additional version gets; the main one gets the rest.</summary>
    [Fact]
    public void A_weight_is_the_share_of_the_numbers_that_pick_its_version()
    {
        var main = Version("1");
        var other = Version("2");
        Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1]).Sample(
            (weight, drawn) =>
            {
                var target = new CallTarget("arn", main, [(other, weight)]);
                Assert.Equal(drawn < weight ? "2" : "1", target.Pick(drawn).Version.Version);
                Assert.Equal("arn", target.Pick(drawn).InvokedArn);
            },
            iter: 1000);
        Gen.Double[0, 0.999999].Sample(
            drawn =>
            {
                Assert.Equal("2", new CallTarget("arn", main, [(other, 1)]).Pick(drawn).Version.Version);
                Assert.Equal("1", new CallTarget("arn", main, [(other, 0)]).Pick(drawn).Version.Version);
            },
            iter: 200);
    }

    /// <summary>The store's seed fixes what is drawn, so this counts the same every time.</summary>
    [Fact]
    public async Task An_alias_shares_calls_by_its_weight()
    {
        await using var rig = await FunctionRig.StartAsync();
        await CreateWithVersionsAsync(rig, 2);
        await rig.CallAsync(201, "POST", "/2015-03-31/functions/f/aliases", (JsonObject)JsonNode.Parse(
            """{"Name":"live","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"2":0.25}}}""")!);
        var second = 0;
        for (var i = 0; i < 4_000; i++)
        {
            second += (await rig.Catalog.FindAsync("f:live", null, default))!.Version.Version == "2" ? 1 : 0;
        }

        Assert.InRange(second, 900, 1_100);
    }

    internal static async Task CreateWithVersionsAsync(FunctionRig rig, int versions)
    {
        await rig.CreateAsync("f");
        for (var i = 1; i <= versions; i++)
        {
            await rig.UpdateCodeAsync("f", $"return {i}", new JsonObject { ["Publish"] = true });
        }
    }

    private static async Task<List<string>> PagesAsync(FunctionRig rig, string target, string list, string member)
    {
        var seen = new List<string>();
        string? marker = null;
        for (var page = 0; page < 100; page++)
        {
            var answer = await rig.CallAsync(
                200, "GET", marker is null ? target : $"{target}&Marker={Uri.EscapeDataString(marker)}");
            seen.AddRange(answer[list]!.AsArray().Select(one => one![member]!.GetValue<string>()));
            marker = answer["NextMarker"]?.GetValue<string>();
            if (marker is null)
            {
                return seen;
            }
        }

        throw new InvalidOperationException("The pages do not end.");
    }

    private static FunctionVersion Version(string number) => new()
    {
        Name = "f",
        Version = number,
        Arn = "arn",
        Runtime = "python3.14",
        Handler = "a.b",
        RoleArn = FunctionRig.Role,
        CodeSha256 = "x",
        CodeBytes = 1,
        CodeBlob = "x",
        RevisionId = "x",
        LastModified = default,
    };
}
