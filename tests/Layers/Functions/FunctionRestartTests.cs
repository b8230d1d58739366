using System.Text.Json.Nodes;
using Storage.Server.Lambda.Functions;
using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests.Functions;

/// <summary>The items are the truth: a stop or a crash at any step loses nothing and leaves nothing half.</summary>
public sealed class FunctionRestartTests
{
    [Fact]
    public async Task A_restart_keeps_everything()
    {
        using var directory = new ScratchDirectory();
        string[] before;
        await using (var rig = await FunctionRig.StartAsync(directory: directory.Path))
        {
            await VersionAndAliasTests.CreateWithVersionsAsync(rig, 2);
            await rig.CallAsync(201, "POST", "/2015-03-31/functions/f/aliases", (JsonObject)JsonNode.Parse(
                """{"Name":"live","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"2":0.1}}}""")!);
            await rig.CallAsync(201, "POST", "/2015-03-31/functions/f/policy", PermissionTests.Permission("s"));
            await rig.CallAsync(
                200, "PUT", "/2017-10-31/functions/f/concurrency", new JsonObject { ["ReservedConcurrentExecutions"] = 7 });
            await rig.CallAsync(
                204, "POST", $"/2017-03-31/tags/{FunctionRig.Arn}f", new JsonObject { ["Tags"] = new JsonObject { ["a"] = "b" } });
            await rig.CallAsync(
                200, "PUT", "/2019-09-25/functions/f/event-invoke-config", new JsonObject { ["MaximumRetryAttempts"] = 0 });
            await rig.ActiveAsync("f");
            before = await AllAsync(rig);
        }

        await using (var rig = await FunctionRig.StartAsync(directory: directory.Path))
        {
            Assert.Equal(before, await AllAsync(rig));
            Assert.Equal(7, rig.Catalog.ReservedConcurrency("f"));
            Assert.Equal(7, rig.Catalog.ReservedConcurrencyTotal);
            var found = await rig.Catalog.FindAsync("f", "2", default);
            Assert.Equal(Zips.Python("return 2"), await rig.Blobs.ReadAsync(found!.Version.CodeBlob, default));
        }
    }

    [Fact]
    public async Task A_restart_takes_a_function_out_of_the_state_in_between()
    {
        using var directory = new ScratchDirectory();
        await using (var rig = await FunctionRig.StartAsync(directory: directory.Path))
        {
            await rig.CreateAsync("f");
            await rig.ActiveAsync("f");
            await WriteAsync(rig, function => function with { State = FunctionState.Pending, Update = UpdateStatus.InProgress });
        }

        await using (var rig = await FunctionRig.StartAsync(directory: directory.Path))
        {
            var configuration = await rig.CallAsync(200, "GET", "/2015-03-31/functions/f/configuration");
            Assert.Equal("Active", configuration["State"]!.GetValue<string>());
            Assert.Equal("Successful", configuration["LastUpdateStatus"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task A_restart_finishes_a_deletion()
    {
        using var directory = new ScratchDirectory();
        await using (var rig = await FunctionRig.StartAsync(directory: directory.Path))
        {
            await rig.CreateAsync("f", body => body["Publish"] = true);
            await rig.ActiveAsync("f");
            await rig.CreateAsync("g");
            await WriteAsync(rig, function => function with { IsDeleting = true });

            // Gone for clients already, and for every list.
            Assert.Null(await rig.Catalog.FindAsync("f", null, default));
            Assert.Null(await rig.Catalog.FindAsync("f", "1", default));
            await rig.RefusedAsync(404, "ResourceNotFoundException", "POST", "/2015-03-31/functions/f/versions", []);
            var listed = (await rig.CallAsync(200, "GET", "/2015-03-31/functions"))["Functions"]!.AsArray();
            Assert.Equal("g", Assert.Single(listed)!["FunctionName"]!.GetValue<string>());
        }

        await using (var rig = await FunctionRig.StartAsync(directory: directory.Path))
        {
            await foreach (var item in rig.Store.ScanAsync("$lambda"))
            {
                Assert.Contains("g", item.ToString(), StringComparison.Ordinal);
                Assert.NotEqual("f", item["pk"].AsString());
                Assert.NotEqual("f", item["sk"].AsString());
            }
        }
    }

    [Fact]
    public async Task A_name_that_is_being_deleted_can_be_given_again()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f", body => body["Publish"] = true);
        await rig.ActiveAsync("f");
        await WriteAsync(rig, function => function with { IsDeleting = true });
        await rig.CreateAsync("f");
        Assert.NotNull(await rig.Catalog.FindAsync("f", null, default));
        Assert.Null(await rig.Catalog.FindAsync("f", "1", default));
    }

    [Fact]
    public async Task A_function_whose_package_is_damaged_says_so()
    {
        using var directory = new ScratchDirectory();
        await using (var rig = await FunctionRig.StartAsync(directory: directory.Path))
        {
            await rig.CreateAsync("f");
            await rig.ActiveAsync("f");
            await WriteAsync(rig, function => function with { State = FunctionState.Pending, Update = UpdateStatus.InProgress });
        }

        var blob = Assert.Single(Directory.GetFiles(Path.Combine(directory.Path, "blobs"), "*", SearchOption.AllDirectories));
        await File.WriteAllTextAsync(blob, "damaged");
        await using (var rig = await FunctionRig.StartAsync(directory: directory.Path))
        {
            var configuration = await rig.CallAsync(200, "GET", "/2015-03-31/functions/f/configuration");
            Assert.Equal("Failed", configuration["State"]!.GetValue<string>());
            Assert.Equal("InvalidZipFileException", configuration["StateReasonCode"]!.GetValue<string>());

            // New code makes it whole.
            await rig.UpdateCodeAsync("f", "return 3");
            Assert.Equal("Active", (await rig.ActiveAsync("f"))["State"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task Functions_of_a_run_that_found_names_while_others_change_them_are_never_stale()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f");
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await rig.Catalog.FindAsync("f", null, default);
            }
        })).ToList();
        for (var seconds = 1; seconds <= 200; seconds++)
        {
            await rig.CallAsync(
                200, "PUT", "/2015-03-31/functions/f/configuration", new JsonObject { ["Timeout"] = seconds });
            Assert.Equal(seconds, (await rig.Catalog.FindAsync("f", null, default))!.Version.TimeoutSeconds);
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
    }

    private static async Task<string[]> AllAsync(FunctionRig rig)
    {
        var answers = new List<string>();
        foreach (var target in new[]
        {
            "/2015-03-31/functions/f", "/2015-03-31/functions/f?Qualifier=1", "/2015-03-31/functions?FunctionVersion=ALL",
            "/2015-03-31/functions/f/aliases", "/2015-03-31/functions/f/policy", "/2019-09-30/functions/f/concurrency",
            "/2019-09-25/functions/f/event-invoke-config", "/2016-08-19/account-settings",
            $"/2017-03-31/tags/{FunctionRig.Arn}f",
        })
        {
            answers.Add((await rig.CallAsync(200, "GET", target)).ToJsonString());
        }

        return [.. answers];
    }

    /// <summary>Writes f as a crash would have left it.</summary>
    private static async Task WriteAsync(FunctionRig rig, Func<StoredFunction, StoredFunction> change)
    {
        var function = await rig.Catalog.Table.ReadLatestAsync("f", default);
        await rig.Store.PutAsync("$lambda", FunctionItem.Write(change(function!)));
    }
}
