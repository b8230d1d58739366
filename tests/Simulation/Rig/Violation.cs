using System.Globalization;
using Storage.Simulation.Images;

namespace Storage.Simulation.Rig;

/// <summary>An image that did not open as it must.</summary>
/// <param name="Seed">Of the workload.</param>
/// <param name="Index">Events before the crash.</param>
/// <param name="Variant">What the crash left.</param>
/// <param name="Text">What is wrong.</param>
internal sealed record Violation(int Seed, int Index, CrashVariant Variant, string Text)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"seed {Seed}, crash after event {Index}, {Variant}: {Text}");
}
