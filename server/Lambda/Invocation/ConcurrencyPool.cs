using Storage.Server.Aws;

namespace Storage.Server.Lambda.Invocation;

/// <summary>
/// Who may run now: a function with reserved concurrency has a pool of its own, all others share what reservations leave
/// of the account's limit. A changed reservation counts from the next call on; calls that run are not ended by it.
/// </summary>
internal sealed class ConcurrencyPool(IFunctionCatalog catalog, LambdaOptions options)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, int> running = new(StringComparer.Ordinal); // No entry at zero.

    /// <summary>Raised after each lease that came back, outside of locks. A handler only signals.</summary>
    internal event Action? Released;

    /// <summary>Calls that run now, all functions together.</summary>
    internal int Running
    {
        get
        {
            lock (gate)
            {
                return running.Values.Sum();
            }
        }
    }

    /// <summary>A lease of the function, by its name; else null, and why the call is refused.</summary>
    internal ConcurrencyLease? TryTake(string function, out AwsFault? refusal)
    {
        lock (gate)
        {
            var mine = running.GetValueOrDefault(function);
            if (catalog.ReservedConcurrency(function) is { } reserved)
            {
                refusal = mine < reserved ? null : InvokeRefusals.ReservedConcurrencyExceeded;
            }
            else
            {
                refusal = UnreservedRunning() < UnreservedLimit ? null : InvokeRefusals.AccountConcurrencyExceeded;
            }

            if (refusal is not null)
            {
                return null;
            }

            running[function] = mine + 1;
            return new ConcurrencyLease(this, function);
        }
    }

    internal void Return(string function)
    {
        lock (gate)
        {
            if (--running[function] == 0)
            {
                running.Remove(function);
            }
        }

        Released?.Invoke();
    }

    private int UnreservedLimit => Math.Max(0, options.AccountConcurrency - catalog.ReservedConcurrencyTotal);

    /// <summary>
    /// Counted anew each time, over the functions that run only: a reservation made or taken away moves a function's
    /// calls from one pool to the other, and a count kept beside would miss that.
    /// </summary>
    private int UnreservedRunning()
    {
        var sum = 0;
        foreach (var (function, calls) in running)
        {
            sum += catalog.ReservedConcurrency(function) is null ? calls : 0;
        }

        return sum;
    }
}
