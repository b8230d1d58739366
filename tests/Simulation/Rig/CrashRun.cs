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
    internal int Chances { get; init; } = 6;

    /// <summary>One in so many images is lived on with, and its second life is crashed too.</summary>
    internal int SecondLifeOdds { get; init; } = 50;

    /// <summary>One in so many images is opened once more with a bit of its runs turned.</summary>
    internal int DamageOdds { get; init; } = 25;

    /// <summary>Images by chance at each event of a second life.</summary>
    internal int SecondChances { get; init; } = 2;

    /// <summary>Ends early once so many violations were found.</summary>
    internal int ViolationsMax { get; init; } = 5;

    /// <summary>Stands between the store and its files, while it lives and when it is opened again.</summary>
    internal Func<IStoreFiles, IStoreFiles>? Wrap { get; init; }

    /// <summary>What goes wrong on the device while the store lives, by seed.</summary>
    internal Func<int, FaultPlan>? Faults { get; init; }
}

/// <summary>One life of a store, crashed at every event in many ways, each image opened and compared with the model.</summary>
internal sealed class CrashRun(int seed, CrashSettings settings)
{
    private readonly HashSet<ulong> seen = [];
    private readonly List<Violation> violations = [];

    /// <summary>Distinct images opened.</summary>
    internal int Images => seen.Count;

    /// <summary>Images of first lives by <see cref="CrashKind"/>.</summary>
    internal int[] ByKind { get; } = new int[Enum.GetValues<CrashKind>().Length];

    /// <summary>Images opened with a bit of their runs turned; not counted among <see cref="Images"/>.</summary>
    internal int DamagedImages { get; private set; }

    /// <summary>Images that were lived on with.</summary>
    internal int SecondLives { get; private set; }

    /// <summary>Distinct images of second lives.</summary>
    internal int SecondImages { get; private set; }

    /// <summary>Events of the trace.</summary>
    internal int Events { get; private set; }

    /// <summary>Records of the log.</summary>
    internal int Records { get; private set; }

    internal IReadOnlyList<Violation> Violations => violations;

    private bool IsEnough => violations.Count >= settings.ViolationsMax;

    internal async Task RunAsync()
    {
        var workload = new CrashWorkload(seed, settings.Wrap, settings.Faults?.Invoke(seed));
        await workload.RunAsync().ConfigureAwait(false);
        var trace = workload.Trace;
        var walk = new LogWalk(SimulatedStore.Geometry);
        walk.Follow(trace.Events);
        var records = walk.Run(LogGeometry.FirstAddress, 0);
        var judge = new OperationJudge(workload.Operations);
        judge.Follow(records);
        var needs = judge.JudgeAnswers(trace.Marks);
        Events = trace.Events.Count;
        Records = records.Count;
        foreach (var text in judge.Wrong)
        {
            violations.Add(new Violation(seed, Events, default, text));
        }

        foreach (var failed in workload.Operations.Where(operation => operation.Answer == Answer.None))
        {
            violations.Add(new Violation(seed, Events, default, $"{failed} failed: {failed.Failure}"));
        }

        if (workload.UpkeepFailure is { } failure)
        {
            violations.Add(new Violation(seed, Events, default, $"a checkpoint or merge failed: {failure}"));
        }

        foreach (var (table, shown) in workload.Follower.Shown)
        {
            if (workload.Follower.HasMissed || judge.Fold.FeedDigest(table, records.Count, 0) != shown)
            {
                violations.Add(new Violation(seed, Events, default, $"a reader of the stream of table {table} was shown {shown.Count} changes, not the {judge.Fold.FeedDigest(table, records.Count, 0).Count} there were{(workload.Follower.HasMissed ? ", as it came too late" : "")}"));
            }
        }

        if (violations.Count == 0)
        {
            var bounds = new CrashBounds(trace, records, needs, 0, 0);
            await CrashAsync(workload, records, bounds, new ImageLook(workload.TimeAt, judge.Fold, bounds, settings.Wrap))
                .ConfigureAwait(false);
        }
    }

    private async Task CrashAsync(CrashWorkload workload, List<WalkedRecord> records, CrashBounds bounds, ImageLook look)
    {
        var state = new DeviceState();
        for (var index = 0; ; index++)
        {
            foreach (var variant in CrashVariant.All(Chance.Mix((ulong)seed, (ulong)index), state.HasPending ? settings.Chances : 0))
            {
                var image = state.Image(variant, null, out var fingerprint);
                if (!seen.Add(Chance.Mix(fingerprint, (ulong)bounds.Least(index))))
                {
                    continue;
                }

                ByKind[(int)variant.Kind]++;
                var wrong = look.Check(image, index);
                var dump = wrong is null ? null : look.Dump(state.Image(variant, null, out _), index);
                if (wrong is null && Chance.Mix(fingerprint, (ulong)seed, 2) is var damage && damage % (uint)settings.DamageOdds == 0)
                {
                    var damaged = state.Image(variant, null, out _);
                    if (damaged.TurnBit(".run", damage / (uint)settings.DamageOdds))
                    {
                        DamagedImages++;
                        wrong = look.CheckDamaged(damaged);
                    }
                }

                if (wrong is null && Chance.Mix(fingerprint, (ulong)seed, 1) % (uint)settings.SecondLifeOdds == 0)
                {
                    (wrong, dump) = await LiveOnAsync(workload, records, state, variant, look.Lsn, bounds.Least(index)).ConfigureAwait(false);
                }

                if (wrong is not null)
                {
                    violations.Add(new Violation(seed, index, variant, wrong, dump));
                    if (IsEnough)
                    {
                        return;
                    }
                }
            }

            if (index == workload.Trace.Events.Count)
            {
                return;
            }

            state.Follow(workload.Trace.Events[index]);
        }
    }

    private async Task<(string?, ImageDump?)> LiveOnAsync(
        CrashWorkload workload, List<WalkedRecord> records, DeviceState state, CrashVariant variant, long lsn, long least)
    {
        SecondLives++;
        var life = new SecondLife(workload, records, settings, lsn);
        try
        {
            await life.RunAsync(state, variant).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            return ($"opens, and then fails: {failure}", null);
        }

        var before = seen.Count;
        var wrong = life.Crash(least, Chance.Mix(variant.Seed, (ulong)lsn), seen);
        SecondImages += seen.Count - before;
        return wrong;
    }
}
