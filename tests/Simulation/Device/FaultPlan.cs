namespace Storage.Simulation.Device;

/// <summary>Calls that may be made to fail.</summary>
internal enum DeviceCall : byte
{
    Open,
    Read,
    Write,
    Sync,
    SyncDirectory,
    Rename,
    Delete,
}

/// <summary>How a call fails.</summary>
internal enum FaultKind : byte
{
    /// <summary>EIO; a write writes nothing, a sync leaves everything it covered in doubt for ever.</summary>
    Error,

    /// <summary>A write stores only its first sectors and then fails with EIO.</summary>
    TornWrite,
}

/// <summary>One fault to come.</summary>
/// <param name="Call">Which calls count.</param>
/// <param name="Suffix">Ending of the names that count; empty for all.</param>
/// <param name="After">Calls that go well before.</param>
/// <param name="Kind">How it fails.</param>
/// <param name="IsSticky">True when every later call fails too.</param>
internal sealed record Fault(DeviceCall Call, string Suffix, int After, FaultKind Kind = FaultKind.Error, bool IsSticky = false);

/// <summary>
/// What goes wrong on a simulated device, and when; counted in calls, never in time. Also a budget of bytes, beyond which
/// the disk is full, and a hook that may hold a call back: a slow device is one whose calls wait for their turn.
/// </summary>
internal sealed class FaultPlan
{
    private readonly Lock gate = new();
    private readonly List<(Fault Fault, int Left)> faults = [];
    private long bytesLeft = long.MaxValue;

    /// <summary>Runs before each call, outside all locks of the device; may wait.</summary>
    internal Action<DeviceCall, string>? Before { get; set; }

    /// <summary>Faults that have struck.</summary>
    internal int Struck { get; private set; }

    internal FaultPlan Add(Fault fault)
    {
        lock (gate)
        {
            faults.Add((fault, fault.After));
        }

        return this;
    }

    /// <summary>Bytes by which files may still grow.</summary>
    internal void SetSpace(long bytes)
    {
        lock (gate)
        {
            bytesLeft = bytes;
        }
    }

    /// <summary>Forgets all faults to come, and the disk has room again.</summary>
    internal void Heal()
    {
        lock (gate)
        {
            faults.Clear();
            bytesLeft = long.MaxValue;
        }
    }

    /// <summary>The fault that strikes this call, or null.</summary>
    internal FaultKind? Next(DeviceCall call, string name)
    {
        lock (gate)
        {
            for (var i = 0; i < faults.Count; i++)
            {
                var (fault, left) = faults[i];
                if (fault.Call != call || !name.EndsWith(fault.Suffix, StringComparison.Ordinal))
                {
                    continue;
                }

                if (left > 0)
                {
                    faults[i] = (fault, left - 1);
                    continue;
                }

                if (!fault.IsSticky)
                {
                    faults.RemoveAt(i);
                }

                Struck++;
                return fault.Kind;
            }

            return null;
        }
    }

    /// <summary>Takes space for growth; returns the bytes there were, at most those asked for.</summary>
    internal long Take(long bytes)
    {
        lock (gate)
        {
            var taken = Math.Min(bytes, bytesLeft);
            bytesLeft -= bytesLeft == long.MaxValue ? 0 : taken;
            Struck += taken < bytes ? 1 : 0;
            return taken;
        }
    }
}
