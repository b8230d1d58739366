using System.IO.Hashing;
using Storage.Simulation.Device;

namespace Storage.Simulation.Images;

/// <summary>A file as its device may have it: what is certain, and the writes of which nobody knows.</summary>
internal sealed class DeviceFile
{
    private const int SectorBytes = FileContent.SectorBytes;

    private List<PendingWrite> pending = [];
    private byte[] durable = [];
    private int durableLength;
    private int length;
    private ulong? durableHash;

    internal DeviceFile(int number) => Number = number;

    internal int Number { get; }

    internal bool HasPending => pending.Count > 0;

    /// <summary>Indices of the events that no sync covers.</summary>
    internal IEnumerable<int> Pending => pending.Select(write => write.Index);

    /// <summary>The same file, to be followed through another trace, before whose first event all of this one lies.</summary>
    internal DeviceFile Clone() => new(Number)
    {
        pending = pending.ConvertAll(write => write with { Index = DeviceState.BeforeTrace }),
        durable = durable,
        durableLength = durableLength,
        length = length,
        durableHash = durableHash,
    };

    /// <summary>A file whose content is all on the device.</summary>
    internal static DeviceFile Durable(int number, byte[] bytes) =>
        new(number) { durable = bytes, durableLength = bytes.Length, length = bytes.Length };

    internal void Write(int index, long offset, byte[] bytes)
    {
        length = Math.Max(length, (int)offset + bytes.Length);
        pending.Add(new PendingWrite(index, offset, bytes, length));
    }

    internal void SetLength(int index, long newLength)
    {
        length = (int)newLength;
        pending.Add(new PendingWrite(index, newLength, null, length));
    }

    internal void FailSync(int since) => pending = pending.ConvertAll(write => write.Index < since ? write with { IsLost = true } : write);

    /// <summary>Everything written before an event is on the device, except what a failed sync left in doubt.</summary>
    internal void Sync(int since)
    {
        if (pending.Count == 0)
        {
            return;
        }

        var covered = pending.FindAll(write => write.Index < since);
        var touched = covered.Exists(write => write.IsLost)
            ? covered.Where(write => !write.IsLost).SelectMany(Sectors).ToHashSet()
            : null;
        var bytes = new byte[Math.Max(durable.Length, covered.Count == 0 ? 0 : covered.Max(write => write.LengthAfter))];
        durable.CopyTo(bytes, 0);
        foreach (var write in covered)
        {
            Apply(write, bytes, (_, sector) => !write.IsLost || touched!.Contains(sector));
            durableLength = write.LengthAfter;
        }

        durable = bytes;
        durableHash = null;
        pending = [.. covered.Where(write => write.IsLost).Select(write => Settle(write, touched!)), .. pending.Where(write => write.Index >= since)];
    }

    /// <summary>The file as a crash leaves it, and a hash of that.</summary>
    internal FileContent Image(CrashVariant variant, int cut, out ulong hash)
    {
        if (pending.Count == 0)
        {
            hash = durableHash ??= XxHash3.HashToUInt64(durable.AsSpan(0, durableLength), durableLength);
            return new FileContent(Number, durable, durableLength, shared: true);
        }

        var kept = KeptLength(variant);
        var bytes = new byte[Math.Max(Math.Max(durable.Length, kept), pending.Max(write => write.LengthAfter))];
        durable.AsSpan(0, durableLength).CopyTo(bytes);
        for (var i = 0; i < pending.Count; i++)
        {
            var at = i;
            Apply(pending[i], bytes, (write, sector) => IsKept(variant, cut, at, write, sector));
        }

        bytes.AsSpan(kept).Clear();
        hash = XxHash3.HashToUInt64(bytes.AsSpan(0, kept), kept);
        return new FileContent(Number, bytes, kept, shared: false);
    }

    private static IEnumerable<int> Sectors(PendingWrite write)
    {
        var end = write.Bytes is null ? write.LengthAfter : write.Offset + write.Bytes.Length;
        for (var sector = (int)(write.Offset / SectorBytes); (long)sector * SectorBytes < end; sector++)
        {
            yield return sector;
        }
    }

    private static PendingWrite Settle(PendingWrite write, HashSet<int> touched) =>
        write with { Settled = write.Settled is null ? touched : write.Settled.Union(touched).ToHashSet() };

    /// <summary>Writes those sectors of a pending write that are wanted.</summary>
    private static void Apply(PendingWrite write, byte[] bytes, Func<PendingWrite, int, bool> isWanted)
    {
        if (write.Bytes is null)
        {
            // A cut empties what is behind it for whoever extends the file later; the length itself is decided apart.
            bytes.AsSpan((int)Math.Min(write.Offset, bytes.Length)).Clear();
            return;
        }

        var first = (int)(write.Offset / SectorBytes);
        var last = (int)((write.Offset + write.Bytes.Length - 1) / SectorBytes);
        for (var sector = first; sector <= last; sector++)
        {
            if (write.Settled?.Contains(sector) == true || !isWanted(write, sector))
            {
                continue;
            }

            var from = Math.Max(write.Offset, (long)sector * SectorBytes);
            var until = Math.Min(write.Offset + write.Bytes.Length, (long)(sector + 1) * SectorBytes);
            write.Bytes.AsSpan((int)(from - write.Offset), (int)(until - from)).CopyTo(bytes.AsSpan((int)from));
        }
    }

    private bool IsKept(CrashVariant variant, int cut, int at, PendingWrite write, int sector)
    {
        var here = Chance.Mix(variant.Seed, (ulong)Number, (ulong)sector);
        return variant.Kind switch
        {
            CrashKind.Nothing => false,
            CrashKind.Everything or CrashKind.Killed => true,
            CrashKind.Sectors => (here & 1) == 0,
            CrashKind.Versions => at < (int)(here % (uint)(pending.Count + 1)),
            CrashKind.InOrder => write.Index < cut || (write.Index == cut && IsBeforeTear(variant, write, sector)),
            _ => write.Index >= cut,
        };
    }

    private static bool IsBeforeTear(CrashVariant variant, PendingWrite write, int sector) =>
        sector - (write.Offset / SectorBytes) < Chance.Below(8, variant.Seed, 0, 1);

    /// <summary>The length is kept apart from the content: any that the file had since its last sync.</summary>
    private int KeptLength(CrashVariant variant)
    {
        if (variant.Kind == CrashKind.Nothing)
        {
            return durableLength;
        }

        if (variant.Kind is CrashKind.Everything or CrashKind.Killed)
        {
            return length;
        }

        var which = Chance.Below(pending.Count + 2, variant.Seed, (ulong)Number, 4);
        return which == 0 ? durableLength : which > pending.Count ? length : pending[which - 1].LengthAfter;
    }
}
