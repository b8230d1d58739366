using System.Collections.Concurrent;
using System.Globalization;

namespace Storage.Faults.Corruption;

/// <summary>
/// Tries the faults of a range of seeds. A seed gives the same fault of the same store in every run, but for the few bytes
/// of a store that tell when a sync came back; so a violation keeps its files.
/// </summary>
internal sealed class CorruptionCampaign(string dumpDirectory, int violationsMax = 10)
{
    /// <summary>Stores are built anew after this many seeds.</summary>
    internal const int SeedsPerSet = 2000;

    private readonly ConcurrentQueue<string> violations = new();

    internal CorruptionCounts Counts { get; } = new();

    /// <summary>Seed, fault and reason of the first violations; their files are in the dump directory.</summary>
    internal IReadOnlyCollection<string> Violations => violations;

    /// <summary>Tries seeds from one up to, not including, another; stops after some violations.</summary>
    /// <param name="from">The first seed.</param>
    /// <param name="to">The seed behind the last.</param>
    /// <param name="progress">Told the next seed whenever a set of stores is done with.</param>
    internal async Task RunAsync(long from, long to, Action<long>? progress = null)
    {
        for (var at = from; at < to && violations.Count < violationsMax;)
        {
            var set = at / SeedsPerSet;
            var end = Math.Min(to, (set + 1) * SeedsPerSet);
            var rig = await CorruptionRig.BuildAsync((int)set);
            await Parallel.ForEachAsync(Range(at, end), async (seed, _) =>
            {
                var (image, fault) = rig.FaultOf(seed);
                var (outcome, reason) = await rig.TryAsync(image, fault, seed);
                Counts.Add(fault.Kind, outcome);
                if (outcome is Outcome.Violation or Outcome.Misnamed)
                {
                    Report(seed, image, fault, reason);
                }
            });
            at = end;
            progress?.Invoke(at);
        }
    }

    private static IEnumerable<long> Range(long from, long to)
    {
        for (var seed = from; seed < to; seed++)
        {
            yield return seed;
        }
    }

    private void Report(long seed, StoreImage image, Fault fault, string reason)
    {
        if (violations.Count >= violationsMax)
        {
            return;
        }

        var text = FormattableString.Invariant($"seed {seed}, {image.Name}: {fault.Text}: {reason}");
        violations.Enqueue(text);
        var directory = Path.Combine(dumpDirectory, seed.ToString(CultureInfo.InvariantCulture));
        Dump(Path.Combine(directory, "undamaged"), image.Files);
        Dump(Path.Combine(directory, "damaged"), fault.Files);
        File.WriteAllText(Path.Combine(directory, "violation.txt"), text);
    }

    private static void Dump(string directory, IReadOnlyDictionary<string, byte[]> files)
    {
        Directory.CreateDirectory(directory);
        foreach (var (name, bytes) in files)
        {
            File.WriteAllBytes(Path.Combine(directory, name), bytes);
        }
    }
}
