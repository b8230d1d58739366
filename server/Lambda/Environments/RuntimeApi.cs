using System.Text.Json;

namespace Storage.Server.Lambda.Environments;

/// <summary>
/// The Runtime API of one environment, without its wire. At most one event is in it: offered, then taken by
/// <c>/next</c>, then answered. An event whose taker went away before it had all of it is offered again.
/// </summary>
internal sealed class RuntimeApi(int responseBytesMax)
{
    private readonly Lock gate = new();
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<byte[]> initError = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RuntimeEvent? offered;
    private RuntimeEvent? taken;
    private TaskCompletionSource<RuntimeEvent?>? waiting;
    private TaskCompletionSource<RuntimeAnswer>? answer;

    /// <summary>How often an event has been asked for.</summary>
    internal int Takers { get; private set; }

    internal int ResponseBytesMax { get; } = responseBytesMax;

    /// <summary>Completes when the runtime asks for its first event: its init is over.</summary>
    internal Task Ready => ready.Task;

    /// <summary>Completes with what the runtime said of its failed init.</summary>
    internal Task<byte[]> InitError => initError.Task;

    /// <summary>Whether the runtime has the event that was offered last.</summary>
    internal bool HasTaken(RuntimeEvent runtimeEvent)
    {
        lock (gate)
        {
            return !ReferenceEquals(offered, runtimeEvent);
        }
    }

    /// <summary>Offers an event; completes with the runtime's answer, which may never come.</summary>
    internal Task<RuntimeAnswer> OfferAsync(RuntimeEvent runtimeEvent)
    {
        lock (gate)
        {
            answer = new TaskCompletionSource<RuntimeAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
            offered = runtimeEvent;
            Deliver();
            return answer.Task;
        }
    }

    /// <summary>The next event for a client of <c>/next</c>; null when it may not have one: it owes an answer, or asked again elsewhere.</summary>
    internal Task<RuntimeEvent?> NextAsync(Task clientGone)
    {
        TaskCompletionSource<RuntimeEvent?> mine;
        lock (gate)
        {
            Takers++;
            ready.TrySetResult();
            if (taken is not null)
            {
                return Task.FromResult<RuntimeEvent?>(null);
            }

            // A process that asks again does not read where it asked before: that place must not swallow an event.
            waiting?.TrySetResult(null);
            waiting = mine = new TaskCompletionSource<RuntimeEvent?>(TaskCreationOptions.RunContinuationsAsynchronously);
            Deliver();
        }

        if (!mine.Task.IsCompleted)
        {
            clientGone.ContinueWith(
                _ => Leave(mine), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        return mine.Task;
    }

    /// <summary>The client that took the event could not be given all of it.</summary>
    internal void PutBack(RuntimeEvent runtimeEvent)
    {
        lock (gate)
        {
            if (ReferenceEquals(taken, runtimeEvent))
            {
                taken = null;
                offered = runtimeEvent;
                Deliver();
            }
        }
    }

    /// <summary>False when no event of that request is being worked on.</summary>
    internal bool TryAnswer(string requestId, RuntimeAnswer runtimeAnswer)
    {
        lock (gate)
        {
            if (taken?.RequestId != requestId)
            {
                return false;
            }

            taken = null;
            answer!.TrySetResult(runtimeAnswer);
            return true;
        }
    }

    /// <summary>False when the init is already over.</summary>
    internal bool TryFailInit(byte[] body) => !ready.Task.IsCompleted && initError.TrySetResult(body);

    /// <summary>The error as a payload: the runtime's JSON as it is; something else becomes the text of an error.</summary>
    internal static byte[] ErrorPayload(byte[] body, string? errorType)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            if (reader.BytesConsumed == body.Length)
            {
                return body;
            }
        }
        catch (JsonException)
        {
            // Not JSON; below.
        }

        return ErrorBody.Of(errorType ?? "Runtime.Unknown", System.Text.Encoding.UTF8.GetString(body));
    }

    private void Deliver()
    {
        if (offered is not null && waiting is not null && waiting.TrySetResult(offered))
        {
            taken = offered;
            offered = null;
        }

        if (waiting?.Task.IsCompleted == true)
        {
            waiting = null;
        }
    }

    private void Leave(TaskCompletionSource<RuntimeEvent?> place)
    {
        lock (gate)
        {
            if (ReferenceEquals(waiting, place))
            {
                waiting = null;
            }

            place.TrySetResult(null);
        }
    }
}
