using System.Globalization;
using Storage.Simulation.Images;

namespace Storage.Simulation.Rig;

/// <summary>An image that did not open as it must.</summary>
/// <param name="Seed">Of the workload.</param>
/// <param name="Index">Events before the crash.</param>
/// <param name="Variant">What the crash left.</param>
/// <param name="Text">What is wrong.</param>
/// <param name="Dump">The image, where there is one.</param>
internal sealed record Violation(int Seed, int Index, CrashVariant Variant, string Text, ImageDump? Dump = null)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"seed {Seed}, crash after event {Index}, {Variant}: {Text}");

    /// <summary>Keeps the image under a directory; says how to open it again.</summary>
    internal string Keep(string parent)
    {
        if (Dump is null)
        {
            return ToString();
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"seed-{Seed}-event-{Index}-{Variant.Kind}-{Variant.Seed:x}");
        return $"{this}\n  again: dotnet run -c Release --project bench -- crash --replay {Dump.Write(parent, name)}";
    }
}
