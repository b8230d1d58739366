namespace Storage.Server.Lambda.Functions;

/// <summary>
/// Targets of recent calls, so that a call need not read items. Coherent: whoever changes a function's items drops it
/// here before answering; and a target read before that drop is not taken in after it, which the epoch tells.
/// </summary>
internal sealed class CallTargetCache
{
    private const int FunctionsMax = 1024;

    private const int QualifiersMax = 64;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Dictionary<string, CallTarget>> byFunction = new(StringComparer.Ordinal);
    private long epoch;

    /// <summary>To be taken before reading what <see cref="Add"/> is given.</summary>
    internal long Epoch
    {
        get
        {
            lock (gate)
            {
                return epoch;
            }
        }
    }

    internal CallTarget? Find(FunctionReference reference)
    {
        lock (gate)
        {
            return byFunction.TryGetValue(reference.Name, out var targets)
                ? targets.GetValueOrDefault(reference.Qualifier ?? string.Empty)
                : null;
        }
    }

    internal void Add(FunctionReference reference, CallTarget target, long readAt)
    {
        lock (gate)
        {
            if (readAt != epoch)
            {
                return;
            }

            if (!byFunction.TryGetValue(reference.Name, out var targets))
            {
                if (byFunction.Count == FunctionsMax)
                {
                    byFunction.Clear();
                }

                targets = new Dictionary<string, CallTarget>(StringComparer.Ordinal);
                byFunction.Add(reference.Name, targets);
            }

            if (targets.Count == QualifiersMax)
            {
                targets.Clear();
            }

            targets[reference.Qualifier ?? string.Empty] = target;
        }
    }

    internal void Drop(string function)
    {
        lock (gate)
        {
            epoch++;
            byFunction.Remove(function);
        }
    }
}
