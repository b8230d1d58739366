using System.Diagnostics;
using System.Globalization;
using Storage.Server.Lambda;
using Storage.Server.Lambda.Environments;
using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests.Environments;

/// <summary>How calls and environments end. Source of bodies: recorded answers of Lambda.</summary>
public sealed class EndingTests
{
    // A process in a session and group of its own, as a daemon makes itself.
    private const string Daemon = """
        import subprocess
        import sys
        import time
        child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)

        def handler(event, context):
            if event.get('sleep'):
                time.sleep(600)
            return child.pid
        """;

    /// <summary>A timer may fire a little before its time by a finer clock; the duration of such a call is its timeout.</summary>
    [ProgramFact("python3", "--version")]
    public async Task A_call_that_takes_too_long_took_its_timeout_though_the_timer_came_early()
    {
        await using var rig = new FunctionRig(time: new SlowStopwatch());
        var version = rig.Python("def handler(event, context):\n    while True: pass") with { TimeoutSeconds = 1 };
        Assert.Contains("\tDuration: 1000.00 ms\tBilled Duration: 1000 ms\t", (await rig.RunAsync(version)).LogTail, StringComparison.Ordinal);
    }

    [ProgramFact("python3", "--version")]
    public async Task A_call_that_takes_too_long_ends_with_its_environment_and_all_it_started()
    {
        await using var rig = new FunctionRig();
        var version = rig.Python("""
            import subprocess
            import sys
            import time
            calls = 0

            def handler(event, context):
                global calls
                calls += 1
                if event.get('sleep'):
                    print('sleeping')
                    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)
                    time.sleep(600)
                return calls
            """) with { TimeoutSeconds = 1 };
        await rig.RunAsync(version with { TimeoutSeconds = 60 });
        var outcome = await rig.RunAsync(version, """{"sleep": true}""");
        Assert.Equal("Unhandled", outcome.Error);
        Assert.Equal(
            $$"""{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: {{outcome.RequestId}} Error: Task timed out after 1.00 seconds"}""",
            outcome.Payload);
        Assert.Contains("sleeping\n", outcome.LogTail, StringComparison.Ordinal);
        Assert.Matches(
            $"Z {outcome.RequestId} Task timed out after 1.00 seconds\n\nEND RequestId: {outcome.RequestId}\n"
            + $"REPORT RequestId: {outcome.RequestId}\tDuration: 1000.00 ms\tBilled Duration: 1000 ms\tMemory Size: 128 MB\t"
            + "Max Memory Used: [0-9]+ MB\tStatus: timeout\n$",
            outcome.LogTail);
        Assert.Empty(rig.Marked());

        // "Globals are lost": a new environment.
        Assert.Equal("1", (await rig.RunAsync(version with { TimeoutSeconds = 60 })).Payload);
    }

    [ProgramFact("python3", "--version")]
    public async Task A_process_that_ends_ends_the_call_with_the_services_words()
    {
        await using var rig = new FunctionRig();
        var version = rig.Python("""
            import os
            import signal
            import sys

            def handler(event, context):
                print('last words')
                if event['do'] == 'exit':
                    sys.exit(event['code'])
                if event['do'] == 'signal':
                    os.kill(os.getpid(), event['code'])
                os.abort()
            """);
        foreach (var (payload, reason) in new[]
        {
            ("""{"do": "exit", "code": 0}""", "Runtime exited without providing a reason"),
            ("""{"do": "exit", "code": 1}""", "Runtime exited with error: exit status 1"),
            ("""{"do": "exit", "code": 127}""", "Runtime exited with error: exit status 127"),
            ("""{"do": "signal", "code": 11}""", "Runtime exited with error: signal: segmentation fault"),
            ("""{"do": "abort"}""", "Runtime exited with error: signal: aborted"),
        })
        {
            var outcome = await rig.RunAsync(version, payload);
            Assert.Equal("Unhandled", outcome.Error);
            Assert.Equal(
                $$"""{"errorType":"Runtime.ExitError","errorMessage":"RequestId: {{outcome.RequestId}} Error: {{reason}}"}""",
                outcome.Payload);
            Assert.Contains(
                $"last words\nRequestId: {outcome.RequestId} Error: {reason}\nRuntime.ExitError\nEND RequestId: {outcome.RequestId}\n",
                outcome.LogTail,
                StringComparison.Ordinal);
            Assert.EndsWith("\tStatus: error\tError Type: Runtime.ExitError\n", outcome.LogTail, StringComparison.Ordinal);
        }
    }

    [ProgramFact("python3", "--version")]
    public async Task An_init_that_fails_once_is_tried_again_within_the_call()
    {
        await using var rig = new FunctionRig();
        var marker = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        var version = rig.Python($"""
            import os
            import sys
            if not os.path.exists('{marker}'):
                open('{marker}', 'w').close()
                print('first init')
                sys.exit(3)

            def handler(event, context):
                os.remove('{marker}')
                return 'second'
            """);
        var outcome = await rig.RunAsync(version);
        Assert.Equal("\"second\"", outcome.Payload);
        Assert.Null(outcome.Error);
        Assert.StartsWith("first init\nSTART RequestId", outcome.LogTail, StringComparison.Ordinal);
        var stuck = await rig.RunAsync(rig.Python("import sys\nsys.exit(3)"));
        Assert.Equal(
            $$"""{"errorType":"Runtime.ExitError","errorMessage":"RequestId: {{stuck.RequestId}} Error: Runtime exited with error: exit status 3"}""",
            stuck.Payload);
    }

    [ProgramTheory("python3", "--version")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Memory_over_the_limit_kills_the_process(bool sampled)
    {
        await using var rig = new FunctionRig(memory: sampled ? MemoryMeans.Sampled : null);
        var version = rig.Python("""
            import time

            def handler(event, context):
                print('taking')
                block = b'x' * (event * 1024 * 1024)
                if event > 100:
                    time.sleep(60)
                return len(block)
            """);
        var fine = await rig.RunAsync(version, "20");
        Assert.Equal("20971520", fine.Payload);
        var outcome = await rig.RunAsync(version, "400");
        Assert.Equal(
            $$"""{"errorType":"Runtime.ExitError","errorMessage":"RequestId: {{outcome.RequestId}} Error: Runtime exited with error: signal: killed"}""",
            outcome.Payload);
        Assert.Contains("Max Memory Used: 128 MB", outcome.LogTail, StringComparison.Ordinal);
        Assert.Equal("1048576", (await rig.RunAsync(version, "1")).Payload);
    }

    [ProgramFact("python3", "--version")]
    public async Task Draining_ends_idle_environments_and_all_they_started()
    {
        await using var rig = new FunctionRig();
        var version = rig.Python(Daemon);
        var child = int.Parse((await rig.RunAsync(version)).Payload, CultureInfo.InvariantCulture);
        Assert.Contains(child, rig.Marked());
        Assert.Equal(2, rig.Marked().Count);
        rig.Executor.Drain("other");
        Assert.Equal(child.ToString(CultureInfo.InvariantCulture), (await rig.RunAsync(version)).Payload);
        rig.Executor.Drain("hello");
        await FunctionRig.UntilAsync(() => rig.Marked().Count == 0);
        Assert.NotEqual(child.ToString(CultureInfo.InvariantCulture), (await rig.RunAsync(version)).Payload);
    }

    [ProgramFact("python3", "--version")]
    public async Task Disposing_ends_busy_and_idle_environments_and_all_they_started()
    {
        var rig = new FunctionRig();
        try
        {
            var version = rig.Python(Daemon);
            var busy = rig.RunAsync(version, """{"sleep": true}""");
            await rig.RunAsync(version);
            await FunctionRig.UntilAsync(() => rig.Marked().Count == 4);
            var guard = rig.Executor.GuardProcessId;
            Assert.True(Directory.Exists($"/proc/{guard}"));
            await rig.Executor.DisposeAsync();
            Assert.Empty(rig.Marked());
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => busy);
            await Assert.ThrowsAsync<ObjectDisposedException>(() => rig.RunAsync(version));
            Assert.False(Directory.Exists($"/proc/{guard}"));
            Assert.Empty(Directory.GetDirectories(Path.Combine(rig.Root, "environments")));
        }
        finally
        {
            await rig.DisposeAsync();
        }
    }

    [ProgramFact("python3", "--version")]
    public async Task A_process_that_drops_its_mark_does_not_outlive_its_session_nor_where_there_are_any_its_control_group()
    {
        await using var rig = new FunctionRig();
        var leavesSession = rig.Executor.Memory == MemoryMeans.Sampled ? "False" : "True";
        var version = rig.Python($$"""
            import subprocess

            def handler(event, context):
                return subprocess.Popen(['/bin/sleep', '600'], start_new_session={{leavesSession}}, env={}).pid
            """);
        var child = (await rig.RunAsync(version)).Payload;
        Assert.True(Directory.Exists($"/proc/{child}"));
        rig.Executor.Drain("hello");
        await FunctionRig.UntilAsync(() => !Directory.Exists($"/proc/{child}"));
    }

    [ProgramFact("python3", "--version")]
    public async Task When_the_holder_of_the_guard_is_gone_it_kills_what_is_marked()
    {
        using var scratch = new ScratchDirectory();
        using var spawn = new SpawnThread();
        var mark = ProcessTable.MarkOf(scratch.Path);
        var guard = new Guard(mark, null, new Tools(TextWriter.Null), spawn, TextWriter.Null);
        await guard.EnsureStartedAsync();
        using var marked = Sleep("LAMBDA_TASK_ROOT", scratch.Path + "/environments/1/task");
        using var other = Sleep("X", mark);
        using var sessionOnly = Process.Start(new ProcessStartInfo("setsid", ["sleep", "600"]))!;
        using var ended = Process.Start(new ProcessStartInfo("setsid", ["sleep", "600"]))!;
        await guard.AddAsync(ended.Id);
        await guard.AddAsync(sessionOnly.Id);
        await guard.RemoveAsync(ended.Id);
        await FunctionRig.UntilAsync(() => ProcessTable.Find(mark).Count == 1 && ProcessTable.Session(sessionOnly.Id).Count == 1);
        await guard.DisposeAsync();
        await FunctionRig.UntilAsync(() => marked.HasExited);
        await FunctionRig.UntilAsync(() => sessionOnly.HasExited);
        Assert.Equal(137, marked.ExitCode);
        Assert.Equal(137, sessionOnly.ExitCode);
        Assert.False(other.HasExited);
        Assert.False(ended.HasExited);
        other.Kill();
        ended.Kill();

        static Process Sleep(string name, string value)
        {
            var start = new ProcessStartInfo("sleep", ["600"]);
            start.Environment[name] = value;
            return Process.Start(start)!;
        }
    }

    [ProgramFact("python3", "--version")]
    public async Task A_new_executor_ends_what_one_on_its_root_left()
    {
        await using var rig = new FunctionRig();
        Directory.CreateDirectory(rig.Root);
        var start = new ProcessStartInfo("sleep", ["600"]);
        start.Environment["LAMBDA_TASK_ROOT"] = rig.Root + "/environments/stray/task";
        using var stray = Process.Start(start)!;
        start.Environment["LAMBDA_TASK_ROOT"] = rig.Root + "-too/environments/stray/task";
        using var another = Process.Start(start)!;
        await FunctionRig.UntilAsync(() => rig.Marked().Count == 1);
        await using var second = new FunctionRig(root: rig.Root);
        await FunctionRig.UntilAsync(() => stray.HasExited);
        Assert.Equal(137, stray.ExitCode);
        Assert.False(another.HasExited); // It is of another root.
        another.Kill();
    }

    [ProgramFact("python3", "--version")]
    public async Task An_environment_idle_for_its_life_ends()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var rig = new FunctionRig(new LambdaOptions { EnvironmentIdleLife = TimeSpan.FromMinutes(10) }, time);
        await rig.RunAsync(rig.Python("def handler(event, context):\n    return 1"));
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.Single(rig.Marked());
        time.Advance(TimeSpan.FromMinutes(2));
        await FunctionRig.UntilAsync(() => rig.Marked().Count == 0);
    }

    [ProgramFact("python3", "--version")]
    public async Task Calls_at_once_have_an_environment_each_and_the_last_used_is_used_next()
    {
        await using var rig = new FunctionRig();
        var meeting = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(meeting);
        var version = rig.Python($"""
            import os
            import time

            def handler(event, context):
                open('{meeting}/' + context.aws_request_id, 'w').close()
                while len(os.listdir('{meeting}')) < event:
                    time.sleep(0.01)
                return os.getpid()
            """);
        var first = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => rig.RunAsync(version, "4")));
        Assert.Equal(4, first.Select(outcome => outcome.Payload).Distinct().Count());
        var next = await rig.RunAsync(version, "1");
        Assert.Equal(next.Payload, (await rig.RunAsync(version, "1")).Payload);
        Assert.Equal(4, rig.Marked().Count);
        Directory.Delete(meeting, recursive: true);
    }

    [ProgramFact("python3", "--version")]
    public async Task Cancelling_a_call_throws_its_environment_away()
    {
        await using var rig = new FunctionRig();
        var version = rig.Python("import time\n\ndef handler(event, context):\n    time.sleep(600)");
        using var source = new CancellationTokenSource();
        var execution = new Execution("id", new ResolvedFunction(version, version.Arn), "{}"u8.ToArray());
        var call = rig.Executor.RunAsync(execution, source.Token).AsTask();
        await FunctionRig.UntilAsync(() => rig.Marked().Count == 1);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await FunctionRig.UntilAsync(() => rig.Marked().Count == 0);
    }

    [ProgramFact("python3", "--version")]
    public async Task Draining_amid_calls_loses_none_and_leaves_nothing()
    {
        var rig = new FunctionRig();
        var version = rig.Python("def handler(event, context):\n    print(event)\n    return event");
        var callers = Enumerable.Range(0, 6).Select(async caller =>
        {
            for (var call = 0; call < 15; call++)
            {
                var number = ((caller * 100) + call).ToString(CultureInfo.InvariantCulture);
                Assert.Equal(number, (await rig.RunAsync(version, number)).Payload);
                if (call % 5 == caller % 5)
                {
                    rig.Executor.Drain("hello");
                }
            }
        });
        await Task.WhenAll(callers);
        await rig.Executor.DisposeAsync();
        Assert.Empty(rig.Marked());
        Assert.Empty(Directory.GetDirectories(Path.Combine(rig.Root, "environments")));
        Assert.Equal(90, rig.Logs.Appends.Count);
        Assert.All(rig.Logs.Appends, append => Assert.Matches("^START [^\n]*\n[0-9]+\nEND [^\n]*\nREPORT ", append.Text));
        Assert.Empty(rig.Warnings);
        await rig.DisposeAsync();
    }

    /// <summary>Measures half of what passes, by which every timer comes early.</summary>
    private sealed class SlowStopwatch : TimeProvider
    {
        public override long GetTimestamp() => base.GetTimestamp() / 2;
    }
}
