namespace Storage.Simulation.Images;

/// <summary>The directory as its device may have it: names that are certain, and changes of which nobody knows.</summary>
internal sealed class DeviceNames
{
    private List<NameChange> pending = [];
    private Dictionary<string, int> durable = new(StringComparer.Ordinal);

    internal bool HasPending => pending.Count > 0;

    /// <summary>Indices of the events that no sync covers.</summary>
    internal IEnumerable<int> Pending => pending.Select(change => change.Index);

    /// <summary>The same names, to be followed through another trace.</summary>
    internal DeviceNames Clone() => new()
    {
        pending = pending.ConvertAll(change => change with { Index = DeviceState.BeforeTrace }),
        durable = new(durable, StringComparer.Ordinal),
    };

    internal void Place(string name, int file) => durable[name] = file;

    internal void Add(int index, string? from, string? to, int file) => pending.Add(new NameChange(index, from, to, file));

    internal void Sync(int since)
    {
        foreach (var change in pending.Where(change => change.Index < since))
        {
            change.Apply(durable);
        }

        pending.RemoveAll(change => change.Index < since);
    }

    /// <summary>The names that a crash leaves, each with its file. A rename is kept whole or not at all.</summary>
    internal Dictionary<string, int> Image(CrashVariant variant, int cut)
    {
        if (pending.Count == 0 || variant.Kind == CrashKind.Nothing)
        {
            return durable;
        }

        var names = new Dictionary<string, int>(durable, StringComparer.Ordinal);
        var bias = Chance.Below(4, variant.Seed, 5, 5); // often all or nothing, else each by itself
        for (var i = 0; i < pending.Count; i++)
        {
            var kept = variant.Kind switch
            {
                CrashKind.Everything or CrashKind.Killed => true,
                CrashKind.InOrder => pending[i].Index < cut,
                CrashKind.LaterOnly => pending[i].Index >= cut,
                _ => bias == 0 || (bias != 1 && Chance.Below(2, variant.Seed, 6, (ulong)i) == 0),
            };
            if (kept)
            {
                pending[i].Apply(names);
            }
        }

        return names;
    }

    /// <summary>A creation has no old name, a removal no new one.</summary>
    private sealed record NameChange(int Index, string? From, string? To, int File)
    {
        internal void Apply(Dictionary<string, int> names)
        {
            // The old name may by now stand for another file; then it is not this change that takes it away.
            if (From is not null && names.TryGetValue(From, out var file) && file == File)
            {
                names.Remove(From);
            }

            if (To is not null)
            {
                names[To] = File;
            }
        }
    }
}
