using System.Text.Json.Nodes;
using Storage.Server.Lambda.Functions;
using Xunit;

namespace Storage.Layers.Tests.Functions;

/// <summary>Changes of one function are serial, and what is kept in memory follows them: the invariants of FunctionTable.</summary>
public sealed class FunctionChangeTests
{
    [Fact]
    public async Task A_change_that_another_overtook_is_decided_again()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f");
        var reference = FunctionReference.Parse("f", null, rig.Catalog.Home);
        var seen = new List<int>();
        await rig.Catalog.Table.ChangeAsync(
            reference,
            async change =>
            {
                seen.Add(change.Before.Version.TimeoutSeconds);
                if (seen.Count == 1)
                {
                    await rig.CallAsync(
                        200, "PUT", "/2015-03-31/functions/f/configuration", new JsonObject { ["Timeout"] = 44 });
                }

                change.After = change.Before with { Version = change.Before.Version with { MemoryMegabytes = 444 } };
                return true;
            },
            default);
        Assert.Equal([3, 44], seen);
        var version = (await rig.Catalog.FindAsync("f", null, default))!.Version;
        Assert.Equal((44, 444), (version.TimeoutSeconds, version.MemoryMegabytes));
    }

    [Fact]
    public async Task A_change_of_one_item_overtakes_a_change_of_another()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f", body => body["Publish"] = true);
        var reference = FunctionReference.Parse("f", null, rig.Catalog.Home);
        var attempts = 0;

        // An alias comes to be while the deletion of its version has found none.
        await rig.Catalog.Table.ChangeAsync(
            reference,
            async change =>
            {
                if (++attempts == 1)
                {
                    await rig.CallAsync(
                        201,
                        "POST",
                        "/2015-03-31/functions/f/aliases",
                        new JsonObject { ["Name"] = "live", ["FunctionVersion"] = "1" });
                    change.Delete(FunctionKeys.Version("1"));
                }

                return true;
            },
            default);
        Assert.Equal(2, attempts);
        Assert.Equal("1", (await rig.Catalog.FindAsync("f", "live", default))!.Version.Version);
    }

    [Fact]
    public async Task A_deletion_does_not_take_a_function_that_was_created_again()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f");
        var reference = FunctionReference.Parse("f", null, rig.Catalog.Home);
        var attempts = 0;
        await rig.Catalog.Table.ChangeAsync(
            reference,
            async change =>
            {
                if (++attempts == 1)
                {
                    await rig.CallAsync(204, "DELETE", "/2015-03-31/functions/f");
                    await rig.CreateAsync("f", body => body["Timeout"] = 55);
                }

                change.After = change.Before with { Version = change.Before.Version with { MemoryMegabytes = 555 } };
                return true;
            },
            default);
        var version = (await rig.Catalog.FindAsync("f", null, default))!.Version;
        Assert.Equal((55, 555), (version.TimeoutSeconds, version.MemoryMegabytes));
    }

    [Fact]
    public void A_target_read_before_a_change_is_not_kept_after_it()
    {
        var cache = new CallTargetCache();
        var home = new FunctionHome("us-east-1", "123456789012");
        var reference = FunctionReference.Parse("f", "live", home);
        var target = new CallTarget("arn", null!, []);
        cache.Add(reference, target, cache.Epoch);
        Assert.Same(target, cache.Find(reference));
        Assert.Null(cache.Find(reference with { Qualifier = null }));
        var epoch = cache.Epoch;
        cache.Drop("f");
        Assert.Null(cache.Find(reference));
        cache.Add(reference, target, epoch);
        Assert.Null(cache.Find(reference));
    }

    [Fact]
    public void The_cache_of_targets_is_bounded()
    {
        var cache = new CallTargetCache();
        var home = new FunctionHome("us-east-1", "123456789012");
        var target = new CallTarget("arn", null!, []);
        FunctionReference Of(int function, int qualifier) => FunctionReference.Parse($"f{function}", $"q{qualifier}", home);
        for (var i = 0; i < 1_025; i++)
        {
            cache.Add(Of(i, 0), target, cache.Epoch);
        }

        for (var i = 0; i < 65; i++)
        {
            cache.Add(Of(1_024, i), target, cache.Epoch);
        }

        Assert.Null(cache.Find(Of(0, 0)));
        Assert.Null(cache.Find(Of(1_024, 0)));
        Assert.Same(target, cache.Find(Of(1_024, 64)));
    }

    [Fact]
    public async Task Changed_is_raised_for_code_configuration_reservation_and_deletion_only()
    {
        await using var rig = await FunctionRig.StartAsync();
        await rig.CreateAsync("f");
        await rig.ActiveAsync("f");
        rig.Changed.Clear();
        await rig.PublishAsync("f");
        await rig.CallAsync(201, "POST", "/2015-03-31/functions/f/policy", PermissionTests.Permission("s"));
        await rig.CallAsync(
            201,
            "POST",
            "/2015-03-31/functions/f/aliases",
            new JsonObject { ["Name"] = "live", ["FunctionVersion"] = "1" });
        Assert.Empty(rig.Changed);
        await rig.UpdateCodeAsync("f", "return 2");
        await rig.CallAsync(200, "PUT", "/2015-03-31/functions/f/configuration", new JsonObject { ["Timeout"] = 9 });
        await rig.CallAsync(
            200, "PUT", "/2017-10-31/functions/f/concurrency", new JsonObject { ["ReservedConcurrentExecutions"] = 1 });
        await rig.CallAsync(204, "DELETE", "/2015-03-31/functions/f");
        Assert.Equal(["f", "f", "f", "f"], rig.Changed);
    }
}
