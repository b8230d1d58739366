namespace Storage.Server.Lambda.Environments;

/// <summary>
/// All environments that live, and which of them are idle. The one used last is used next, so that those a burst has left
/// grow old. How many there are is the callers' concurrency, not the pool's.
/// </summary>
internal sealed class EnvironmentPool(TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly HashSet<FunctionEnvironment> live = [];
    private readonly HashSet<Birth> births = [];
    private readonly Dictionary<(string Name, string Version, string Revision), List<FunctionEnvironment>> idle = [];

    /// <summary>An environment begins to start: what retires its function until it lives retires it too.</summary>
    internal Birth Begin(string functionName)
    {
        var birth = new Birth { FunctionName = functionName };
        lock (gate)
        {
            births.Add(birth);
        }

        return birth;
    }

    /// <summary>It lives, or, null, could not be started.</summary>
    internal void Complete(Birth birth, FunctionEnvironment? environment)
    {
        lock (gate)
        {
            births.Remove(birth);
            if (environment is not null)
            {
                environment.Retired = birth.Retired;
                live.Add(environment);
            }
        }
    }

    /// <summary>The idle environment of the version used last whose credentials outlive the call, or null.</summary>
    internal FunctionEnvironment? TryTake(FunctionVersion version)
    {
        var needed = time.GetUtcNow() + TimeSpan.FromSeconds(version.TimeoutSeconds);
        lock (gate)
        {
            if (!idle.TryGetValue(KeyOf(version), out var stack))
            {
                return null;
            }

            for (var index = stack.Count - 1; index >= 0; index--)
            {
                if (stack[index].Expiration > needed)
                {
                    var taken = stack[index];
                    stack.RemoveAt(index);
                    return taken;
                }
            }

            return null;
        }
    }

    /// <summary>False when it is not to be used again: the caller ends it.</summary>
    internal bool TryPutBack(FunctionEnvironment environment)
    {
        lock (gate)
        {
            if (environment.Retired || environment.Exited.IsCompleted || !live.Contains(environment))
            {
                return false;
            }

            environment.IdleSince = time.GetUtcNow();
            var key = KeyOf(environment.Version);
            if (!idle.TryGetValue(key, out var stack))
            {
                idle[key] = stack = [];
            }

            stack.Add(environment);
            return true;
        }
    }

    /// <summary>Takes one out that has ended by itself. False when it was in use, and its user will see.</summary>
    internal bool TryTakeIdle(FunctionEnvironment environment)
    {
        lock (gate)
        {
            return idle.TryGetValue(KeyOf(environment.Version), out var stack) && stack.Remove(environment);
        }
    }

    internal void Forget(FunctionEnvironment environment)
    {
        lock (gate)
        {
            live.Remove(environment);
        }
    }

    /// <summary>Retires all of a function and gives the idle ones, which the caller ends.</summary>
    internal List<FunctionEnvironment> Retire(string functionName)
    {
        lock (gate)
        {
            foreach (var birth in births)
            {
                birth.Retired |= birth.FunctionName == functionName;
            }

            foreach (var environment in live)
            {
                environment.Retired |= environment.Version.Name == functionName;
            }

            return TakeIdle(environment => environment.Version.Name == functionName);
        }
    }

    /// <summary>Those that have been idle since before a moment, or whose credentials have ended.</summary>
    internal List<FunctionEnvironment> TakeIdleSince(DateTimeOffset moment)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            return TakeIdle(environment => environment.IdleSince <= moment || environment.Expiration <= now);
        }
    }

    /// <summary>All that live; none is idle afterwards, nor can become so.</summary>
    internal List<FunctionEnvironment> RetireAll()
    {
        lock (gate)
        {
            foreach (var birth in births)
            {
                birth.Retired = true;
            }

            foreach (var environment in live)
            {
                environment.Retired = true;
            }

            idle.Clear();
            return [.. live];
        }
    }

    private List<FunctionEnvironment> TakeIdle(Predicate<FunctionEnvironment> wanted)
    {
        var taken = new List<FunctionEnvironment>();
        foreach (var (key, stack) in idle.ToArray())
        {
            taken.AddRange(stack.FindAll(wanted));
            stack.RemoveAll(wanted);
            if (stack.Count == 0)
            {
                idle.Remove(key);
            }
        }

        return taken;
    }

    private static (string Name, string Version, string Revision) KeyOf(FunctionVersion version) =>
        (version.Name, version.Version, version.RevisionId);

    /// <summary>An environment that starts.</summary>
    internal sealed class Birth
    {
        internal required string FunctionName { get; init; }

        internal bool Retired { get; set; }
    }
}
