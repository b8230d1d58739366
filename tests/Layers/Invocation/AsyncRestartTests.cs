using System.Text;
using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests.Invocation;

/// <summary>A queue outlives its process: what was answered 202 runs at least once.</summary>
public sealed class AsyncRestartTests : IDisposable
{
    private readonly ScratchDirectory scratch = new();

    [Fact]
    public async Task A_run_that_was_cut_off_begins_again_after_a_restart_with_its_request_id_and_payload()
    {
        string id;
        await using (var rig = await Rig.StartAsync(directory: scratch.Path))
        {
            rig.Catalog.Add("F");
            rig.Executor.Hold();
            id = await rig.QueueAsync("F", "{\"n\":1}");
            await rig.Executor.NextAsync("F");
        }

        await using var second = await StartWithFAsync();
        var execution = await second.Executor.NextAsync("F");
        Assert.Equal((id, "{\"n\":1}"), (execution.RequestId, Encoding.UTF8.GetString(execution.Payload.Span)));
        await second.UntilQueuedAsync(0);
    }

    [Fact]
    public async Task A_run_that_was_cut_off_counts_as_an_attempt_but_never_as_the_last_result()
    {
        for (var life = 0; life < 3; life++)
        {
            await using var rig = await StartWithFAsync(executor => executor.Hold());
            if (life == 0)
            {
                await rig.QueueAsync("F");
            }

            await rig.Executor.NextAsync("F");
        }

        // Its attempts are used up, yet no run has had a result: one more has.
        await using var last = await StartWithFAsync(
            executor => executor.Function = (_, _) => ValueTask.FromResult(FakeExecutor.Failure()));
        var id = (await last.Executor.NextAsync("F")).RequestId;
        await last.UntilQueuedAsync(0);
        Assert.Contains(("/aws/lambda/F", $"RequestId: {id} Event dropped: RetriesExhausted after 4 attempts\n"), last.Log.Lines);
    }

    [Fact]
    public async Task All_that_waits_runs_after_a_restart_in_order_large_payloads_and_retries_included()
    {
        string failed;
        await using (var rig = await Rig.StartAsync(directory: scratch.Path))
        {
            rig.Catalog.Add("F", reserved: 1);
            rig.Executor.Function = (_, _) => ValueTask.FromResult(FakeExecutor.Failure());
            failed = await rig.QueueAsync("F", "\"failed\"");
            await rig.Executor.NextAsync("F");
            await rig.UntilMovedAsync();
            rig.Executor.Hold();
            for (var i = 0; i < 200; i++)
            {
                await rig.QueueAsync("F", i == 7 ? $"[{i},\"{new string('x', 400_000)}\"]" : $"[{i}]");
            }
        }

        await using var second = await StartWithFAsync(reserved: 1);
        for (var i = 0; i < 200; i++)
        {
            var payload = Encoding.UTF8.GetString((await second.Executor.NextAsync("F")).Payload.Span);
            Assert.Equal(i == 7 ? 400_006 : $"[{i}]".Length, payload.Length);
            Assert.StartsWith($"[{i}", payload, StringComparison.Ordinal);
        }

        await second.UntilQueuedAsync(1);
        second.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(failed, (await second.Executor.NextAsync("F")).RequestId);
        await second.UntilQueuedAsync(0);
    }

    [Fact]
    public async Task Events_of_many_functions_are_found_after_a_restart()
    {
        var names = Enumerable.Range(0, 20).Select(i => $"F{i}").ToArray();
        await using (var rig = await Rig.StartAsync(directory: scratch.Path, prepare: Add))
        {
            rig.Executor.Hold();
            foreach (var name in names)
            {
                await rig.QueueAsync(name);
            }
        }

        await using var second = await Rig.StartAsync(directory: scratch.Path, prepare: Add);
        foreach (var name in names)
        {
            await second.Executor.NextAsync(name);
        }

        await second.UntilQueuedAsync(0);

        void Add(Rig rig)
        {
            foreach (var name in names)
            {
                rig.Catalog.Add(name);
            }
        }
    }

    public void Dispose() => scratch.Dispose();

    private Task<Rig> StartWithFAsync(Action<FakeExecutor>? prepare = null, int? reserved = null) => Rig.StartAsync(
        directory: scratch.Path,
        prepare: rig =>
        {
            rig.Catalog.Add("F", reserved);
            prepare?.Invoke(rig.Executor);
        });
}
