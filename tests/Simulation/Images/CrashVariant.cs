using System.Globalization;

namespace Storage.Simulation.Images;

/// <summary>What a crash leaves of what was not synced.</summary>
internal enum CrashKind : byte
{
    /// <summary>Power is lost: nothing that was not synced is left.</summary>
    Nothing,

    /// <summary>Power is lost, and everything happened to be on the device.</summary>
    Everything,

    /// <summary>The process is killed: everything written is there.</summary>
    Killed,

    /// <summary>Power is lost: of each sector the old or the newest content, by chance.</summary>
    Sectors,

    /// <summary>Power is lost: of each sector any content it had since its last sync.</summary>
    Versions,

    /// <summary>Power is lost: writes reached the device in order; the last one is torn at a sector.</summary>
    InOrder,

    /// <summary>Power is lost: the later writes reached the device, the earlier ones did not.</summary>
    LaterOnly,
}

/// <summary>One way a crash may end; the same variant of the same state is always the same image.</summary>
internal readonly record struct CrashVariant(CrashKind Kind, ulong Seed)
{
    private static readonly CrashKind[] Chances = [CrashKind.Sectors, CrashKind.Versions, CrashKind.InOrder, CrashKind.LaterOnly];

    /// <summary>The variants to try at one crash: the three certain ones, then some by chance.</summary>
    internal static IEnumerable<CrashVariant> All(ulong seed, int chances)
    {
        yield return new CrashVariant(CrashKind.Nothing, 0);

        // Both leave the same to be found, but not the same to be lost again: whichever comes first stands for both.
        var killedFirst = (seed & 1) == 0;
        yield return new CrashVariant(killedFirst ? CrashKind.Killed : CrashKind.Everything, 0);
        yield return new CrashVariant(killedFirst ? CrashKind.Everything : CrashKind.Killed, 0);
        for (var i = 0; i < chances; i++)
        {
            yield return new CrashVariant(Chances[i % Chances.Length], Chance.Mix(seed, (ulong)i));
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}:{Seed:x}");
}

/// <summary>Chance without state: the same arguments give the same number.</summary>
internal static class Chance
{
    internal static ulong Mix(ulong seed, ulong value)
    {
        var mixed = seed + ((value + 1) * 0x9E3779B97F4A7C15);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    internal static ulong Mix(ulong seed, ulong first, ulong second) => Mix(Mix(seed, first), second);

    /// <summary>A number below a bound.</summary>
    internal static int Below(int bound, ulong seed, ulong first, ulong second) => (int)(Mix(seed, first, second) % (uint)bound);
}
