using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Simulation.Device;
using Storage.Simulation.Images;
using Storage.Simulation.Oracle;
using Storage.Simulation.Workload;

namespace Storage.Simulation.Rig;

/// <summary>How many images to make of one life of a store, and through what to look at it.</summary>
internal sealed record CrashSettings
{
    /// <summary>Images by chance at each event, beside the three certain ones.</summary>
    internal int Chances { get; init; } = 8;

    /// <summary>Ends early once so many violations were found.</summary>
    internal int ViolationsMax { get; init; } = 5;

    /// <summary>Stands between the store and its files, while it lives and when it is opened again.</summary>
    internal Func<IStoreFiles, IStoreFiles>? Wrap { get; init; }
}

/// <summary>One life of a store, crashed at every event in many ways, each image opened and compared with the model.</summary>
internal sealed class CrashRun(int seed, CrashSettings settings)
{
    private readonly HashSet<ulong> seen = [];
    private readonly List<Violation> violations = [];
    private SimulatedClock clock = null!;

    /// <summary>Distinct images opened.</summary>
    internal int Images => seen.Count;

    /// <summary>Events of the trace.</summary>
    internal int Events { get; private set; }

    /// <summary>Records of the log.</summary>
    internal int Records { get; private set; }

    internal IReadOnlyList<Violation> Violations => violations;

    internal async Task RunAsync()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var workload = new CrashWorkload(seed, settings.Wrap);
        await workload.RunAsync().ConfigureAwait(false);
        clock = workload.Clock;
        Console.Write($"live {watch.ElapsedMilliseconds} ");
        var trace = workload.Trace;
        Events = trace.Events.Count;

        var walk = new LogWalk(SimulatedStore.Geometry);
        walk.Follow(trace.Events);
        var records = walk.Run(LogGeometry.FirstAddress, 0);
        Records = records.Count;
        Console.Write($"walk {watch.ElapsedMilliseconds} ");
        var judge = new OperationJudge(workload.Operations);
        judge.Follow(records);
        var needs = judge.JudgeAnswers(trace.Marks);
        foreach (var text in judge.Wrong.Concat(workload.Operations.Where(operation => operation.Answer == Answer.None).Select(operation => $"{operation} failed: {operation.Failure}")))
        {
            violations.Add(new Violation(seed, Events, default, text));
        }

        Console.Write($"judge {watch.ElapsedMilliseconds} ");
        if (violations.Count == 0)
        {
            Crash(trace, judge.Fold, new CrashBounds(trace, records, needs, 0, 0));
        }
    }

    private void Crash(FileTrace trace, RecordFold fold, CrashBounds bounds)
    {
        var state = new DeviceState();
        for (var index = 0; ; index++)
        {
            foreach (var variant in CrashVariant.All(Chance.Mix((ulong)seed, (ulong)index), state.HasPending ? settings.Chances : 0))
            {
                var image = state.Image(variant, null, out var fingerprint);
                if (seen.Add(Chance.Mix(fingerprint, (ulong)bounds.Least(index))) && Look(image, fold, bounds, index) is { } wrong)
                {
                    violations.Add(new Violation(seed, index, variant, wrong));
                    if (violations.Count >= settings.ViolationsMax)
                    {
                        return;
                    }
                }
            }

            if (index == trace.Events.Count)
            {
                return;
            }

            state.Follow(trace.Events[index]);
        }
    }

    /// <summary>Opens an image; says what is wrong with what is found, or null.</summary>
    private string? Look(SimulatedFiles image, RecordFold fold, CrashBounds bounds, int index)
    {
        try
        {
            var (lsn, digest) = SimulatedStore.Look(settings.Wrap?.Invoke(image) ?? image, clock);
            return lsn < bounds.Least(index) ? $"ends with record {lsn}, but {bounds.Least(index)} was acknowledged"
                : lsn > bounds.Most(index) ? $"ends with record {lsn}, but only {bounds.Most(index)} were written"
                : digest != fold.Digest(lsn) ? $"ends with record {lsn}, but does not hold what was there then"
                : null;
        }
        catch (Exception refusal) when (refusal is IOException or InvalidDataException or InvalidOperationException)
        {
            return $"does not open: {refusal.Message}";
        }
    }
}
