using System.Text.Json;
using System.Text.Unicode;
using Storage.Server.Aws;
using Storage.Server.Contracts;

namespace Storage.Server.Lambda.Invocation;

/// <summary>
/// Runs calls: the function is found, the payload checked, a lease taken, then the executor has the event; an Event
/// call goes to the queue instead. A caller that goes away does not end a run, as with AWS: it ends with its lease when
/// the function does.
/// </summary>
internal sealed class FunctionInvoker(
    IFunctionCatalog catalog,
    IExecutor executor,
    ConcurrencyPool pool,
    AsyncQueue queue,
    LambdaOptions options,
    TextWriter log) : IFunctionInvoker, IAsyncDisposable
{
    /// <summary>AWS's JSON parser goes this deep.</summary>
    private const int PayloadDepthMax = 1000;

    /// <summary>What a function gets for a call without a payload.</summary>
    private static readonly ReadOnlyMemory<byte> EmptyPayload = "{}"u8.ToArray();

    private readonly CancellationTokenSource stopping = new();
    private readonly RunCount runs = new();
    private int disposals;

    public async ValueTask<FunctionAnswer> InvokeAsync(FunctionCall call, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(call);
        ResolvedFunction? function;
        try
        {
            function = await catalog.FindAsync(call.Function, call.Qualifier, cancellation);
        }
        catch (AwsException refusal)
        {
            return Refuse(refusal.Fault);
        }

        if (function is null)
        {
            return Refuse(InvokeRefusals.FunctionNotFound(catalog.ArnOf(call.Function, call.Qualifier)));
        }

        if (call.Type == InvocationType.DryRun)
        {
            return new FunctionAnswer { Status = 204 };
        }

        if (FaultOf(call) is { } fault)
        {
            return Refuse(fault);
        }

        var payload = call.Payload.IsEmpty ? EmptyPayload : call.Payload;
        if (call.Type == InvocationType.Event)
        {
            var requestId = await queue.EnqueueAsync(function, payload, call.TraceId, cancellation);
            return new FunctionAnswer { Status = 202, RequestId = requestId };
        }

        var lease = pool.TryTake(function.Version.Name, out var refused);
        if (lease is null)
        {
            return Refuse(refused!);
        }

        if (!runs.TryEnter())
        {
            lease.Dispose();
            return Refuse(InvokeRefusals.ServiceFailed());
        }

        return await RunAsync(call, function, payload, lease).WaitAsync(cancellation);
    }

    /// <summary>Ends the calls that run and waits until their leases are back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Increment(ref disposals) > 1)
        {
            return;
        }

        await stopping.CancelAsync();
        await runs.CloseAsync();
        stopping.Dispose();
    }

    /// <summary>Owns the lease from here on, whatever happens. Never throws: its caller may be gone.</summary>
    private async Task<FunctionAnswer> RunAsync(
        FunctionCall call, ResolvedFunction function, ReadOnlyMemory<byte> payload, ConcurrencyLease lease)
    {
        var execution = new Execution(Guid.NewGuid().ToString(), function, payload)
        {
            ClientContext = call.ClientContext,
            TraceId = call.TraceId,
        };
        try
        {
            var result = await executor.RunAsync(execution, stopping.Token);
            return new FunctionAnswer
            {
                Status = 200,
                FunctionError = result.FunctionError,
                Payload = result.Payload,
                ExecutedVersion = function.Version.Version,
                LogTail = call.WantsLogTail ? result.LogTail : default(ReadOnlyMemory<byte>?),
                RequestId = execution.RequestId,
            };
        }
        catch (AwsException refusal)
        {
            return Refuse(refusal.Fault);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return Refuse(InvokeRefusals.ServiceFailed());
        }
        catch (Exception error)
        {
            await log.WriteLineAsync($"Invoke of {function.InvokedArn} failed, request {execution.RequestId}: {error}");
            return Refuse(InvokeRefusals.ServiceFailed());
        }
        finally
        {
            lease.Dispose();
            runs.Leave();
        }
    }

    private AwsFault? FaultOf(FunctionCall call)
    {
        var bytesMax = call.Type == InvocationType.Event ? options.EventPayloadBytesMax : options.InvokePayloadBytesMax;
        if (call.Payload.Length > bytesMax)
        {
            return InvokeRefusals.PayloadTooLarge(call.Payload.Length, call.Type, bytesMax);
        }

        if (call.Payload.IsEmpty)
        {
            return null;
        }

        if (!Utf8.IsValid(call.Payload.Span))
        {
            return InvokeRefusals.PayloadNotJson("Invalid UTF-8"); // The reader below looks at quotation marks only.
        }

        try
        {
            var reader = new Utf8JsonReader(call.Payload.Span, new JsonReaderOptions { MaxDepth = PayloadDepthMax });
            while (reader.Read())
            {
            }

            return null;
        }
        catch (JsonException wrong)
        {
            return InvokeRefusals.PayloadNotJson(wrong.Message);
        }
    }

    private static FunctionAnswer Refuse(AwsFault fault) => new() { Refusal = fault, Status = fault.Status };
}
