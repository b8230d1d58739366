using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Storage.Server.Lambda;

namespace Storage.Layers.Tests.Invocation;

/// <summary>Runs what a test gives it, and shows each run as it begins.</summary>
internal sealed class FakeExecutor : IExecutor
{
    /// <summary>A function that nothing holds.</summary>
    internal const string Probe = "probe";

    private readonly ConcurrentDictionary<string, Channel<Execution>> begun = new();
    private readonly ConcurrentDictionary<string, int> running = new();
    private readonly ConcurrentDictionary<string, int> greatest = new();
    private int count;

    /// <summary>What functions do; the default answers at once.</summary>
    internal Func<Execution, CancellationToken, ValueTask<ExecutionResult>> Function { get; set; } =
        (_, _) => ValueTask.FromResult(Answer("{}"));

    internal int Runs => count;

    internal static ExecutionResult Answer(string payload, string log = "") =>
        new(null, Encoding.UTF8.GetBytes(payload), Encoding.UTF8.GetBytes(log));

    internal static ExecutionResult Failure(string payload = "{\"errorType\":\"E\"}") =>
        new("Unhandled", Encoding.UTF8.GetBytes(payload), default);

    /// <summary>Holds every call until the source is completed, or the server stops.</summary>
    internal TaskCompletionSource Hold()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Function = async (_, cancellation) =>
        {
            await release.Task.WaitAsync(cancellation);
            return Answer("{}");
        };
        return release;
    }

    /// <summary>Most calls of a function that ever ran at once.</summary>
    internal int GreatestOf(string function) => greatest.GetValueOrDefault(function);

    internal int RunningOf(string function) => running.GetValueOrDefault(function);

    /// <summary>The next run of a function that begins.</summary>
    internal async Task<Execution> NextAsync(string function) =>
        await BegunOf(function).Reader.ReadAsync().AsTask().WaitAsync(Wait.HangGuard);

    /// <summary>Whether a run of the function began that no test has seen yet.</summary>
    internal bool HasNext(string function) => BegunOf(function).Reader.TryPeek(out _);

    public async ValueTask<ExecutionResult> RunAsync(Execution execution, CancellationToken cancellation)
    {
        var name = execution.Function.Version.Name;
        var now = running.AddOrUpdate(name, 1, (_, calls) => calls + 1);
        greatest.AddOrUpdate(name, now, (_, most) => Math.Max(most, now));
        Interlocked.Increment(ref count);
        BegunOf(name).Writer.TryWrite(execution);
        try
        {
            return name == Probe ? Answer("{}") : await Function(execution, cancellation);
        }
        finally
        {
            running.AddOrUpdate(name, 0, (_, calls) => calls - 1);
        }
    }

    private Channel<Execution> BegunOf(string function) =>
        begun.GetOrAdd(function, _ => Channel.CreateUnbounded<Execution>());

    public void Drain(string functionName)
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
