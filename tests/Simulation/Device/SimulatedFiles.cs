using Storage.Engine.Files;

namespace Storage.Simulation.Device;

/// <summary>
/// A directory in memory that records every change in a <see cref="FileTrace"/> and fails as its <see cref="FaultPlan"/>
/// says. What would be left of it after a loss of power is for <see cref="Images.DeviceState"/> to say.
/// </summary>
internal sealed class SimulatedFiles : IStoreFiles
{
    private readonly SortedDictionary<string, FileContent> names = new(StringComparer.Ordinal);
    private readonly FaultPlan? faults;
    private bool dead;

    /// <summary>An empty directory; without a trace nothing is recorded, without a plan nothing fails.</summary>
    internal SimulatedFiles(FileTrace? trace = null, FaultPlan? faults = null)
    {
        Trace = trace;
        this.faults = faults;
    }

    internal FileTrace? Trace { get; }

    internal Lock Gate { get; } = new();

    /// <summary>Puts a file there as it is found when the device is switched on; no event is recorded.</summary>
    internal void Place(string name, FileContent content)
    {
        names[name] = content;
        if (Trace is not null)
        {
            Trace.NextFile = Math.Max(Trace.NextFile, content.Number + 1);
        }
    }

    /// <summary>
    /// Kills the process: whoever still holds this directory or a file of it fails from now on. The directory returned
    /// has everything that was written and goes on in the same trace.
    /// </summary>
    internal SimulatedFiles Kill(FaultPlan? plan = null)
    {
        lock (Gate)
        {
            dead = true;
            var after = new SimulatedFiles(Trace, plan);
            foreach (var (name, content) in names)
            {
                after.names[name] = content;
            }

            return after;
        }
    }

    /// <summary>Turns a bit of the files whose names end so, the bits of all of them counted on; false where there is none.</summary>
    internal bool TurnBit(string suffix, ulong which)
    {
        var files = names.Where(pair => pair.Key.EndsWith(suffix, StringComparison.Ordinal) && pair.Value.Length > 0).ToArray();
        if (files.Length == 0)
        {
            return false;
        }

        var content = files[which % (uint)files.Length].Value;
        var offset = (int)(which / 7 % (uint)content.Length);
        content.Write(offset, [(byte)(content.Bytes[offset] ^ (1 << (int)(which % 8)))]);
        return true;
    }

    /// <summary>The files by name; for when nobody writes.</summary>
    internal IEnumerable<(string Name, FileContent Content)> Contents => names.Select(pair => (pair.Key, pair.Value));

    public IStoreFile Open(string name, bool create)
    {
        Enter(DeviceCall.Open, name);
        lock (Gate)
        {
            if (!names.TryGetValue(name, out var content))
            {
                if (!create)
                {
                    throw new FileNotFoundException($"There is no file {name}.", name);
                }

                ThrowIfDead();
                content = names[name] = new FileContent(Trace?.NextFile ?? 0, [], 0, shared: false);
                if (Trace is not null)
                {
                    Trace.NextFile++;
                    Trace.Add(new TraceEvent(TraceKind.Create, content.Number, name));
                }
            }

            return new SimulatedFile(this, name, content);
        }
    }

    public bool Exists(string name)
    {
        lock (Gate)
        {
            return names.ContainsKey(name);
        }
    }

    public IReadOnlyList<string> List()
    {
        lock (Gate)
        {
            return [.. names.Keys];
        }
    }

    public void Delete(string name)
    {
        Enter(DeviceCall.Delete, name);
        lock (Gate)
        {
            ThrowIfDead();
            if (names.Remove(name, out var content))
            {
                Trace?.Add(new TraceEvent(TraceKind.Delete, content.Number, name));
            }
        }
    }

    public void Rename(string from, string to)
    {
        Enter(DeviceCall.Rename, from);
        lock (Gate)
        {
            ThrowIfDead();
            if (!names.Remove(from, out var content))
            {
                throw new FileNotFoundException($"There is no file {from}.", from);
            }

            names[to] = content;
            Trace?.Add(new TraceEvent(TraceKind.Rename, content.Number, from, to));
        }
    }

    public void SyncDirectory()
    {
        var since = Trace?.Count ?? 0;
        Enter(DeviceCall.SyncDirectory, "");
        lock (Gate)
        {
            ThrowIfDead();
            Trace?.Add(new TraceEvent(TraceKind.SyncDirectory, -1, Since: since));
        }
    }

    internal static IOException Failure(string operation, string name) =>
        new($"Could not {operation} {name}: Input/output error");

    /// <summary>Waits where the plan says so. Throws the fault that strikes, or gives it to a caller that can be half done.</summary>
    internal FaultKind? Enter(DeviceCall call, string name, bool isTornAllowed = false)
    {
        if (faults is null)
        {
            ThrowIfDead();
            return null;
        }

        faults.Before?.Invoke(call, name);
        ThrowIfDead();
        var fault = faults.Next(call, name);
        if (fault is null || (isTornAllowed && (call == DeviceCall.Sync || fault == FaultKind.TornWrite)))
        {
            return fault;
        }

        throw Failure(call.ToString(), name);
    }

    internal long TakeSpace(long bytes) => faults?.Take(bytes) ?? bytes;

    internal void ThrowIfDead()
    {
        if (Volatile.Read(ref dead))
        {
            throw new IOException("The process was killed.");
        }
    }
}
