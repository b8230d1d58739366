using System.Globalization;

namespace Storage.Server.Lambda.Functions;

/// <summary>Reserved concurrency of all functions: follows the items, of which there is one for each reservation.</summary>
internal sealed class ReservedConcurrency(LambdaOptions options) : IDisposable
{
    private readonly Lock gate = new();
    private readonly SemaphoreSlim changes = new(1);
    private readonly Dictionary<string, int> byFunction = new(StringComparer.Ordinal);
    private int total;

    internal int Total => Volatile.Read(ref total);

    internal int? Of(string function)
    {
        lock (gate)
        {
            return byFunction.TryGetValue(function, out var reserved) ? reserved : null;
        }
    }

    internal void Set(string function, int? reserved)
    {
        lock (gate)
        {
            var sum = total - byFunction.GetValueOrDefault(function) + (reserved ?? 0);
            Volatile.Write(ref total, sum);
            if (reserved is { } number)
            {
                byFunction[function] = number;
            }
            else
            {
                byFunction.Remove(function);
            }
        }
    }

    /// <summary>Held from the check to the change, so that two reservations do not share one remainder.</summary>
    internal async ValueTask<IDisposable> EnterAsync(CancellationToken cancellation)
    {
        await changes.WaitAsync(cancellation).ConfigureAwait(false);
        return new Turn(changes);
    }

    /// <summary>Whether the account has so much to reserve.</summary>
    /// <exception cref="Aws.AwsException">InvalidParameterValueException, in recorded words.</exception>
    internal void ThrowIfTooMuch(string function, int wanted)
    {
        lock (gate)
        {
            var others = total - byFunction.GetValueOrDefault(function);
            if (wanted > byFunction.GetValueOrDefault(function)
                && options.AccountConcurrency - (long)others - wanted < options.UnreservedConcurrencyMin)
            {
                throw LambdaFault.Invalid(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{options.UnreservedConcurrencyMin}]."));
            }
        }
    }

    public void Dispose() => changes.Dispose();

    private sealed class Turn(SemaphoreSlim changes) : IDisposable
    {
        public void Dispose() => changes.Release();
    }
}
