using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Storage.Server.Aws;
using Xunit;

namespace Storage.Layers.Tests.Functions;

/// <summary>UpdateFunctionCode, UpdateFunctionConfiguration, DeleteFunction. Sources: recorded answers; the service model.</summary>
public sealed class UpdateFunctionTests
{
    [Fact]
    public async Task New_code_gives_a_new_revision_and_the_next_call_gets_it()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f");
        var before = await rig.Catalog.FindAsync("f", null, default);
        rig.Time.Advance(TimeSpan.FromMilliseconds(1_234));
        var zip = Zips.Python("return 2");
        var updated = await rig.UpdateCodeAsync("f", "return 2");
        Assert.Equal("InProgress", updated["LastUpdateStatus"]!.GetValue<string>());
        Assert.Equal("Creating", updated["LastUpdateStatusReasonCode"]!.GetValue<string>());
        Assert.Equal("Active", updated["State"]!.GetValue<string>());
        Assert.Equal("2026-11-23T17:00:01.234+0000", updated["LastModified"]!.GetValue<string>());
        Assert.Equal(Convert.ToBase64String(SHA256.HashData(zip)), updated["CodeSha256"]!.GetValue<string>());
        var after = await rig.Catalog.FindAsync("f", null, default);
        Assert.NotEqual(before!.Version.RevisionId, after!.Version.RevisionId);
        Assert.Equal(updated["RevisionId"]!.GetValue<string>(), after.Version.RevisionId);
        Assert.Equal(zip, await rig.Blobs.ReadAsync(after.Version.CodeBlob, default));
        Assert.Equal("Successful", (await rig.ActiveAsync("f"))["LastUpdateStatus"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_dry_run_checks_and_changes_nothing()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f");
        var before = await rig.ActiveAsync("f");
        var tried = await rig.UpdateCodeAsync("f", "return 2", new JsonObject { ["DryRun"] = true });
        Assert.NotEqual(before["CodeSha256"]!.GetValue<string>(), tried["CodeSha256"]!.GetValue<string>());
        Assert.Equal(before.ToJsonString(), (await rig.ActiveAsync("f")).ToJsonString());
        await rig.RefusedAsync(
            400,
            "InvalidParameterValueException",
            "PUT",
            "/2015-03-31/functions/f/code",
            new JsonObject { ["DryRun"] = true, ["ZipFile"] = "AAAA" });
    }

    [Fact]
    public async Task Configuration_changes_what_is_said_and_keeps_the_rest()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f", body => body["Environment"] = JsonNode.Parse("""{"Variables":{"KEPT":"1"}}"""));
        await rig.CallAsync(
            200,
            "PUT",
            "/2015-03-31/functions/f/configuration",
            (JsonObject)JsonNode.Parse("""{"Timeout":30,"MemorySize":256,"Description":"d","Runtime":"python3.12","Handler":"a.b","EphemeralStorage":{"Size":1024}}""")!);
        var found = (await rig.Catalog.FindAsync("f", null, default))!.Version;
        Assert.Equal((30, 256, 1024), (found.TimeoutSeconds, found.MemoryMegabytes, found.EphemeralMegabytes));
        Assert.Equal(("d", "python3.12", "a.b"), (found.Description, found.Runtime, found.Handler));
        Assert.Equal("1", found.Environment["KEPT"]);
        await rig.CallAsync(
            200, "PUT", "/2015-03-31/functions/f/configuration", (JsonObject)JsonNode.Parse("""{"Environment":{"Variables":{}}}""")!);
        Assert.Empty((await rig.Catalog.FindAsync("f", null, default))!.Version.Environment);
    }

    [Theory]
    [InlineData("code")]
    [InlineData("configuration")]
    public async Task A_change_on_another_revision_fails_its_precondition(string what)
    {
        await using var rig = await FunctionRig.StartAsync();
        var created = await rig.CreateAsync("f");
        var first = new JsonObject { ["RevisionId"] = created["RevisionId"]!.GetValue<string>() };
        if (what == "code")
        {
            first["ZipFile"] = Convert.ToBase64String(Zips.Python("return 2"));
        }

        await rig.CallAsync(200, "PUT", $"/2015-03-31/functions/f/{what}", (JsonObject)first.DeepClone());
        var fault = await rig.RefusedAsync(
            412, "PreconditionFailedException", "PUT", $"/2015-03-31/functions/f/{what}", (JsonObject)first.DeepClone());
        Assert.EndsWith(
            "Call the GetFunction/GetAlias API to retrieve the latest Revision Id", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Racing_changes_on_one_revision_are_done_once()
    {
        await using var rig = await FunctionRig.StartAsync();
        var revision = (await rig.CreateAsync("f"))["RevisionId"]!.GetValue<string>();
        var done = 0;
        await Task.WhenAll(Enumerable.Range(1, 8).Select(seconds => Task.Run(async () =>
        {
            try
            {
                await rig.SendAsync("PUT", "/2015-03-31/functions/f/configuration", new JsonObject
                {
                    ["RevisionId"] = revision, ["Timeout"] = seconds,
                });
                Interlocked.Increment(ref done);
            }
            catch (AwsException refusal) when (refusal.Fault.Code == "PreconditionFailedException")
            {
            }
        })));
        Assert.Equal(1, done);
    }

    [Fact]
    public async Task Racing_changes_of_different_things_are_all_kept()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f");
        await rig.PublishAsync("f");
        JsonObject[] bodies =
        [
            new() { ["Timeout"] = 77 }, new() { ["MemorySize"] = 777 }, new() { ["Description"] = "seven" },
            new() { ["Handler"] = "se.ven" }, new() { ["EphemeralStorage"] = new JsonObject { ["Size"] = 777 } },
        ];
        var changes = bodies.Select(body => Task.Run(
            () => rig.CallAsync(200, "PUT", "/2015-03-31/functions/f/configuration", body)));
        var permissions = Enumerable.Range(0, 10).Select(one => Task.Run(() => rig.CallAsync(
            201, "POST", "/2015-03-31/functions/f/policy", PermissionTests.Permission($"s{one}"))));
        var aliases = Enumerable.Range(0, 10).Select(one => Task.Run(() => rig.CallAsync(
            201,
            "POST",
            "/2015-03-31/functions/f/aliases",
            new JsonObject { ["Name"] = $"a{one}", ["FunctionVersion"] = "1" })));
        await Task.WhenAll([.. changes, rig.UpdateCodeAsync("f", "return 7"), .. permissions, .. aliases]);
        var found = (await rig.Catalog.FindAsync("f", null, default))!.Version;
        Assert.Equal((77, 777, 777), (found.TimeoutSeconds, found.MemoryMegabytes, found.EphemeralMegabytes));
        Assert.Equal(("seven", "se.ven"), (found.Description, found.Handler));
        Assert.Equal(Zips.Python("return 7"), await rig.Blobs.ReadAsync(found.CodeBlob, default));
        var policy = await rig.CallAsync(200, "GET", "/2015-03-31/functions/f/policy");
        Assert.Equal(10, JsonNode.Parse(policy["Policy"]!.GetValue<string>())!["Statement"]!.AsArray().Count);
        Assert.Equal(10, (await rig.CallAsync(200, "GET", "/2015-03-31/functions/f/aliases"))["Aliases"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("PUT", "code")]
    [InlineData("PUT", "configuration")]
    [InlineData("POST", "versions")]
    public async Task Versions_and_aliases_do_not_change(string method, string what)
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f", body => body["Publish"] = true);
        var fault = await rig.RefusedAsync(
            400, "InvalidParameterValueException", method, $"/2015-03-31/functions/f:1/{what}", []);
        Assert.StartsWith("This operation is permitted on Lambda functions only.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleting_a_function_leaves_nothing_of_it()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f", body => body["Tags"] = new JsonObject { ["a"] = "b" });
        for (var i = 0; i < 120; i++)
        {
            await rig.CallAsync(
                200, "PUT", "/2015-03-31/functions/f/configuration", new JsonObject { ["Description"] = $"{i}" });
            await rig.PublishAsync("f");
        }

        await rig.CallAsync(201, "POST", "/2015-03-31/functions/f/policy", PermissionTests.Permission("s"));
        await rig.CallAsync(
            200, "PUT", "/2017-10-31/functions/f/concurrency", new JsonObject { ["ReservedConcurrentExecutions"] = 5 });
        Assert.NotNull(await rig.Catalog.FindAsync("f", "120", default));
        rig.Changed.Clear();
        Assert.Equal(204, (await rig.SendAsync("DELETE", "/2015-03-31/functions/f")).Status);
        Assert.Contains("f", rig.Changed);
        Assert.Null(await rig.Catalog.FindAsync("f", null, default));
        Assert.Null(await rig.Catalog.FindAsync("f", "120", default));
        Assert.Equal(0, rig.Catalog.ReservedConcurrencyTotal);
        await foreach (var item in rig.Store.ScanAsync("$lambda"))
        {
            Assert.Fail($"left: {item}");
        }

        await rig.RefusedAsync(404, "ResourceNotFoundException", "DELETE", "/2015-03-31/functions/f");
        Assert.Equal("$LATEST", (await rig.CreateAsync("f"))["Version"]!.GetValue<string>());
        Assert.Empty((await rig.CallAsync(200, "GET", $"/2017-03-31/tags/{FunctionRig.Arn}f"))["Tags"]!.AsObject());
    }

    [Fact]
    public async Task A_version_can_be_deleted_unless_an_alias_needs_it()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f", body => body["Publish"] = true);
        await rig.CallAsync(
            201,
            "POST",
            "/2015-03-31/functions/f/aliases",
            new JsonObject { ["Name"] = "live", ["FunctionVersion"] = "1" });
        Assert.NotNull(await rig.Catalog.FindAsync("f", "1", default));
        var fault = await rig.RefusedAsync(
            409, "ResourceConflictException", "DELETE", "/2015-03-31/functions/f?Qualifier=1");
        Assert.Equal("Unable to delete version 1 because the following aliases reference it: [live]", fault.Message);
        fault = await rig.RefusedAsync(
            400, "InvalidParameterValueException", "DELETE", "/2015-03-31/functions/f?Qualifier=$LATEST");
        Assert.Equal("$LATEST version cannot be deleted without deleting the function.", fault.Message);
        await rig.CallAsync(204, "DELETE", "/2015-03-31/functions/f/aliases/live");
        await rig.CallAsync(204, "DELETE", "/2015-03-31/functions/f?Qualifier=1");
        Assert.Null(await rig.Catalog.FindAsync("f", "1", default));
        Assert.NotNull(await rig.Catalog.FindAsync("f", null, default));

        // Numbers are never given twice.
        Assert.Equal("2", (await rig.PublishAsync("f"))["Version"]!.GetValue<string>());
    }
}
