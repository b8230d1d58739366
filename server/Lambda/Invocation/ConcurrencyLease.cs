namespace Storage.Server.Lambda.Invocation;

/// <summary>The right to run one call; disposing gives it back, once.</summary>
internal sealed class ConcurrencyLease : IDisposable
{
    private readonly string function;
    private ConcurrencyPool? pool;

    internal ConcurrencyLease(ConcurrencyPool pool, string function)
    {
        this.pool = pool;
        this.function = function;
    }

    public void Dispose() => Interlocked.Exchange(ref pool, null)?.Return(function);
}
