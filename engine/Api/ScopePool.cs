using System.Collections.Concurrent;

namespace Storage.Engine.Api;

/// <summary>What is used for one request at a time and costs more to make than to clear.</summary>
internal sealed class ScopePool<T>(Func<T> create)
    where T : class
{
    private const int KeptMax = 128;
    private readonly ConcurrentQueue<T> kept = new();

    // The usual case, one request after the other, does not touch the queue.
    private T? first;

    internal T Rent()
    {
        var scope = Interlocked.Exchange(ref first, null);
        return scope ?? (kept.TryDequeue(out scope) ? scope : create());
    }

    /// <summary>Gives a scope back. False when there are enough: the caller disposes of it.</summary>
    internal bool TryReturn(T scope)
    {
        if (Interlocked.CompareExchange(ref first, scope, null) is null)
        {
            return true;
        }

        if (kept.Count >= KeptMax)
        {
            return false;
        }

        kept.Enqueue(scope);
        return true;
    }
}
