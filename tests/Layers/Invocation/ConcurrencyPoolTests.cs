using System.Text.Json.Nodes;
using CsCheck;
using Storage.Server.Aws;
using Storage.Server.Contracts;
using Storage.Server.Lambda.Invocation;
using Xunit;

namespace Storage.Layers.Tests.Invocation;

/// <summary>Account and reserved concurrency. Sources: the recorded 429 of Lambda; service model, ThrottleReason.</summary>
public sealed class ConcurrencyPoolTests
{
    private const string ReservedReason = "ReservedFunctionConcurrentInvocationLimitExceeded";
    private const string AccountReason = "ConcurrentInvocationLimitExceeded";

    /// <summary>Account 50, nothing kept unreserved: A reserves 10, so B has 40; each refused call gets its own 429.</summary>
    [Fact]
    public async Task With_an_account_of_50_and_10_reserved_for_A_the_11th_of_A_and_the_41st_of_B_are_refused()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("A", reserved: 10);
        rig.Catalog.Add("B");
        var release = rig.Executor.Hold();
        var calls = new List<Task<FunctionAnswer>>();
        for (var i = 0; i < 10; i++)
        {
            calls.Add(rig.CallAsync("A"));
        }

        for (var i = 0; i < 40; i++)
        {
            calls.Add(rig.CallAsync("B"));
        }

        await Wait.UntilAsync(() => rig.Executor.RunningOf("A") == 10 && rig.Executor.RunningOf("B") == 40);
        Assert429((await rig.CallAsync("A")).Refusal, ReservedReason);
        Assert429((await rig.CallAsync("B")).Refusal, AccountReason);
        Assert.Equal(50, rig.Pool.Running);

        release.SetResult();
        Assert.All(await Task.WhenAll(calls), answer => Assert.Equal(200, answer.Status));
        Assert.Equal(0, rig.Pool.Running);
        Assert.Equal(200, (await rig.CallAsync("A")).Status);
        Assert.Equal(200, (await rig.CallAsync("B")).Status);
    }

    [Fact]
    public async Task A_function_with_zero_reserved_is_off()
    {
        await using var rig = await Rig.StartAsync();
        rig.Catalog.Add("off", reserved: 0);
        Assert429((await rig.CallAsync("off")).Refusal, ReservedReason);
        Assert.Equal(0, rig.Executor.Runs);
    }

    [Fact]
    public void A_lease_comes_back_once_however_often_it_is_disposed()
    {
        var catalog = new FakeCatalog();
        catalog.Add("A", reserved: 2);
        var pool = new ConcurrencyPool(catalog, Rig.Defaults);
        var first = pool.TryTake("A", out _)!;
        using var second = pool.TryTake("A", out _)!;
        first.Dispose();
        first.Dispose();
        Assert.Equal(1, pool.Running);
        using var third = pool.TryTake("A", out _);
        Assert.NotNull(third);
        Assert.Null(pool.TryTake("A", out _));
    }

    [Fact]
    public void A_reservation_made_while_calls_run_takes_them_out_of_the_shared_pool()
    {
        var catalog = new FakeCatalog();
        catalog.Add("A");
        catalog.Add("B");
        var pool = new ConcurrencyPool(catalog, Rig.Defaults with { AccountConcurrency = 3 });
        using var running = pool.TryTake("A", out _);
        catalog.Reserve("A", 1);
        using var one = pool.TryTake("B", out _);
        using var two = pool.TryTake("B", out _);
        Assert.NotNull(two);
        Assert.Null(pool.TryTake("B", out var account));
        Assert429(account, AccountReason);
        Assert.Null(pool.TryTake("A", out var reserved));
        Assert429(reserved, ReservedReason);
    }

    [Fact]
    public void A_lease_is_back_after_a_failed_run_a_refused_one_and_one_whose_caller_left() =>
        Gen.Int[0, 3].Array[1, 40].Sample(
            ends => LeasesComeBackAsync(ends).GetAwaiter().GetResult(), iter: 20, threads: 1);

    [Fact]
    public void Many_threads_never_hold_more_leases_than_there_are() =>
        Gen.Int[0, int.MaxValue].Sample(HoldNeverTooMany, iter: 10, threads: 1);

    private static async Task LeasesComeBackAsync(int[] ends)
    {
        await using var rig = await Rig.StartAsync(Rig.Defaults with { AccountConcurrency = 5 });
        rig.Catalog.Add("F");
        var turn = -1;
        rig.Executor.Function = async (_, _) =>
        {
            await Task.Yield();
            return ends[Interlocked.Increment(ref turn) % ends.Length] switch
            {
                0 => throw new InvalidOperationException("no process"),
                1 => throw new AwsException(502, "InvalidRuntimeException", "not installed"),
                2 => FakeExecutor.Failure(),
                _ => FakeExecutor.Answer("1"),
            };
        };
        var calls = ends.Select(async (_, i) =>
        {
            using var leaving = new CancellationTokenSource();
            var call = rig.Invoker.InvokeAsync(
                new FunctionCall("F", default, InvocationType.RequestResponse), leaving.Token);
            if (i % 2 == 0)
            {
                await leaving.CancelAsync();
            }

            try
            {
                await call;
            }
            catch (OperationCanceledException)
            {
            }
        });
        await Task.WhenAll(calls);
        await Wait.UntilAsync(() => rig.Pool.Running == 0);
        Assert.InRange(rig.Executor.GreatestOf("F"), 1, 5);
    }

    private static void HoldNeverTooMany(int seed)
    {
        var catalog = new FakeCatalog();
        catalog.Add("two", reserved: 2);
        catalog.Add("three", reserved: 3);
        catalog.Add("x");
        catalog.Add("y");
        var pool = new ConcurrencyPool(catalog, Rig.Defaults with { AccountConcurrency = 9 });
        int two = 0, three = 0, shared = 0, tooMany = 0, taken = 0;
        Parallel.For(0, 4, worker =>
        {
            var random = new Random(seed ^ (worker * 7919));
            for (var i = 0; i < 2_000; i++)
            {
                switch (random.Next(4))
                {
                    case 0:
                        Use("two", ref two, 2);
                        break;
                    case 1:
                        Use("three", ref three, 3);
                        break;
                    default:
                        Use(random.Next(2) == 0 ? "x" : "y", ref shared, 4);
                        break;
                }
            }
        });
        Assert.Equal(0, tooMany);
        Assert.Equal(0, pool.Running);
        Assert.True(taken > 0);

        void Use(string function, ref int held, int most)
        {
            using var lease = pool.TryTake(function, out _);
            if (lease is null)
            {
                return;
            }

            Interlocked.Increment(ref taken);
            if (Interlocked.Increment(ref held) > most)
            {
                Interlocked.Increment(ref tooMany);
            }

            Thread.Yield();
            Interlocked.Decrement(ref held);
        }
    }

    private static void Assert429(AwsFault? fault, string reason)
    {
        Assert.NotNull(fault);
        Assert.Equal((429, "TooManyRequestsException", "Rate Exceeded."), (fault.Status, fault.Code, fault.Message));
        Assert.True(JsonNode.DeepEquals(new JsonObject { ["Reason"] = reason, ["Type"] = "User" }, fault.Members));
        Assert.NotNull(fault.RetryAfterSeconds);
    }
}
