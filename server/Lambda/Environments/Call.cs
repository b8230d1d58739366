using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Storage.Server.Lambda.Environments;

/// <summary>One event on its way through an environment, and its log.</summary>
internal sealed class Call
{
    /// <summary>How long an init may take before the call's own time counts. Source: the runtime environment's lifecycle.</summary>
    internal static readonly TimeSpan InitLife = TimeSpan.FromSeconds(10);

    private const string Unhandled = "Unhandled";

    private readonly TimeProvider time;
    private readonly Execution execution;
    private readonly FunctionVersion version;

    internal Call(ExecutorSettings settings, Execution execution)
    {
        time = settings.Time;
        this.execution = execution;
        version = execution.Function.Version;
        Log = new CallLog(time, execution.RequestId);
    }

    internal CallLog Log { get; }

    private string RequestId => execution.RequestId;

    /// <summary>
    /// Gives the event to an environment that waits for one: its first or not, with the time its init took before the
    /// call's own if it did, and the timestamp the call's time began at, 0 for now. No result when the process of a used
    /// environment ended before it took the event.
    /// </summary>
    internal async ValueTask<(ExecutionResult? Result, bool Reusable)> RunAsync(
        FunctionEnvironment environment, bool first, TimeSpan? init, long started, CancellationToken stopping)
    {
        var before = environment.TakeOutput();
        started = started == 0 ? time.GetTimestamp() : started;
        var left = TimeSpan.FromSeconds(version.TimeoutSeconds) - time.GetElapsedTime(started);
        var runtimeEvent = new RuntimeEvent(
            RequestId,
            time.GetUtcNow() + left,
            execution.Function.InvokedArn,
            execution.TraceId ?? NewTraceId(time.GetUtcNow()),
            ClientContext(execution.ClientContext),
            execution.Payload);
        var startedAt = time.GetUtcNow();
        var answered = environment.OfferAsync(runtimeEvent);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var timeout = Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, over.Token);
        await Task.WhenAny(answered, environment.Exited, timeout);
        var duration = time.GetElapsedTime(started);
        if (!answered.IsCompleted && !stopping.IsCancellationRequested && environment.Exited.IsCompleted
            && !first && !environment.HasTaken(runtimeEvent))
        {
            await over.CancelAsync();
            return (null, false);
        }

        Log.Add(before);
        Log.Add(new Contracts.LogLine(startedAt, $"START RequestId: {RequestId} Version: {version.Version}\n"));
        if (answered.IsCompleted && !environment.IsOverMemory)
        {
            await over.CancelAsync();
            Log.Add(environment.TakeOutput());
            var answer = await answered;
            Log.End(duration, version.MemoryMegabytes, environment.PeakBytes, init, null);
            var error = answer.Kind == RuntimeAnswerKind.Response ? null : Unhandled;
            return (new ExecutionResult(error, answer.Body, Log.Tail()), true);
        }

        stopping.ThrowIfCancellationRequested();
        var timedOut = !answered.IsCompleted && !environment.Exited.IsCompleted;
        await over.CancelAsync();
        return (await EndAsync(environment, timedOut, duration, init), false);
    }

    /// <summary>The call of an environment whose init failed twice.</summary>
    internal async ValueTask<ExecutionResult> FailInitAsync(FunctionEnvironment environment, InitFailure failure, long started)
    {
        Log.Start(version.Version);
        var duration = time.GetElapsedTime(started);
        if (failure.Error is null)
        {
            return await EndAsync(environment, failure.Exited is null, duration, null);
        }

        Log.Add(environment.TakeOutput());
        Log.End(duration, version.MemoryMegabytes, environment.PeakBytes, null, $"error\tError Type: {ErrorBody.TypeOf(failure.Error)}");
        return new ExecutionResult(Unhandled, failure.Error, Log.Tail());
    }

    /// <summary>The call of a function that cannot be started here.</summary>
    internal ExecutionResult Refuse(RuntimeRefusal refusal)
    {
        Log.Start(version.Version);
        Log.Add($"RequestId: {RequestId} Error: {refusal.Message}\n{refusal.ErrorType}\n");
        Log.End(TimeSpan.Zero, version.MemoryMegabytes, 0, null, $"error\tError Type: {refusal.ErrorType}");
        return new ExecutionResult(
            Unhandled, ErrorBody.Of(refusal.ErrorType, $"RequestId: {RequestId} Error: {refusal.Message}"), Log.Tail());
    }

    /// <summary>Kills an environment that gave no answer, and says what came of the call.</summary>
    private async ValueTask<ExecutionResult> EndAsync(
        FunctionEnvironment environment, bool timedOut, TimeSpan duration, TimeSpan? init)
    {
        var overMemory = environment.IsOverMemory;
        var peakBytes = environment.PeakBytes;
        await environment.KillAsync();
        Log.Add(environment.TakeOutput());
        if (timedOut)
        {
            var whole = TimeSpan.FromSeconds(version.TimeoutSeconds);
            Log.TimedOut(version.TimeoutSeconds);
            Log.End(duration < whole ? duration : whole, version.MemoryMegabytes, peakBytes, init, "timeout");
            return new ExecutionResult(Unhandled, ErrorBody.TimedOut(RequestId, version.TimeoutSeconds), Log.Tail());
        }

        var reason = overMemory ? "Runtime exited with error: signal: killed" : await environment.Exited;
        Log.Exited(reason);
        Log.End(duration, version.MemoryMegabytes, peakBytes, init, "error\tError Type: Runtime.ExitError");
        return new ExecutionResult(Unhandled, ErrorBody.Exited(RequestId, reason), Log.Tail());
    }

    /// <summary>Base64 of JSON to JSON that may stand in a header; null when it is neither.</summary>
    private static string? ClientContext(string? base64)
    {
        if (string.IsNullOrEmpty(base64))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(Convert.FromBase64String(base64));
            using var buffer = new MemoryStream();
            using (var writer = new Utf8JsonWriter(buffer))
            {
                document.WriteTo(writer);
            }

            return Encoding.ASCII.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
        }
        catch (Exception error) when (error is FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Root=1-SECONDS-24HEX;Parent=16HEX;Sampled=0.</summary>
    private static string NewTraceId(DateTimeOffset now)
    {
        var random = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
        return $"Root=1-{(uint)now.ToUnixTimeSeconds():x8}-{random[..24]};Parent={random[24..]};Sampled=0";
    }
}
