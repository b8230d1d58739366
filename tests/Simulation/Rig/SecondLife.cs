using Storage.Engine.Log;
using Storage.Simulation.Device;
using Storage.Simulation.Images;
using Storage.Simulation.Oracle;
using Storage.Simulation.Workload;

namespace Storage.Simulation.Rig;

/// <summary>
/// What may follow a crash: the image is opened for good, the client repeats what it had no answer to, goes on, and the
/// store crashes again: while it opened, while it worked, or behind its closing.
/// </summary>
internal sealed class SecondLife(CrashWorkload first, List<WalkedRecord> records, CrashSettings settings, long lsn)
{
    private const int NewOperations = 4;

    private readonly FileTrace trace = new();
    private readonly SimulatedClock clock = new();
    private readonly List<Operation> operations = [];
    private readonly LogWalk walk = new(SimulatedStore.Geometry);
    private DeviceState device = null!;

    /// <summary>Opens what a crash left and works with it.</summary>
    internal async Task RunAsync(DeviceState crashed, CrashVariant variant)
    {
        var files = crashed.Image(variant, trace, out _);

        // A killed process leaves its writes to the system, which may lose them yet; power lost has already decided.
        device = variant.Kind == CrashKind.Killed ? crashed.Clone() : DeviceState.Of(files);
        walk.Place(files);
        clock.Now = first.Clock.Now;
        var lost = first.Operations.FirstOrDefault(operation => operation.Lsn == lsn + 1 && operation.Repeats == 0);
        if (lost is not null)
        {
            // The same at the same time: its record may be the very bytes that were lost.
            clock.Now = lost.Time;
        }

        var driver = new StoreDriver(trace, clock);
        driver.Open(settings.Wrap?.Invoke(files) ?? files, first.Partitions);
        if (lost is not null)
        {
            await RunAsync(driver, Copy(lost)).ConfigureAwait(false);
        }

        var source = new OperationSource(new Random((int)lsn));
        for (var i = 0; i < NewOperations && driver.Store.Database.Catalog.Find(WorkloadTables.Things) is not null; i++)
        {
            await RunAsync(driver, source.NewThing(first.Operations.Count + 1 + i)).ConfigureAwait(false);
        }

        if (lsn % 3 == 0)
        {
            await driver.Checkpointer.CheckpointAsync(CancellationToken.None).ConfigureAwait(false);
            await driver.Checkpointer.MergeAsync(CancellationToken.None).ConfigureAwait(false);
        }

        if (lsn % 2 == 0)
        {
            files.Kill();
        }

        await driver.Store.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Crashes at every event of this life; says what is wrong with the first image that is, or null.</summary>
    internal (string? Wrong, ImageDump? Dump) Crash(long least, ulong seed, HashSet<ulong> seen)
    {
        var failed = operations.Find(operation => operation.Answer == Answer.None);
        if (failed is not null)
        {
            return ($"opens, but then {failed} fails: {failed.Failure}", null);
        }

        var fold = new RecordFold();
        foreach (var record in records.Where(record => record.Lsn <= lsn))
        {
            fold.Apply(record);
        }

        walk.Follow(trace.Events);
        var added = walk.Run(lsn == 0 ? LogGeometry.FirstAddress : records[(int)lsn - 1].EndAddress, lsn).TakeWhile(record => record.WrittenAt > 0).ToList();
        added.ForEach(fold.Apply);
        var bounds = new CrashBounds(trace, added, Needs(added), lsn, least);
        var look = new ImageLook(_ => clock.Now, fold, bounds, settings.Wrap);
        for (var index = 0; ; index++)
        {
            foreach (var variant in CrashVariant.All(Chance.Mix(seed, (ulong)index), device.HasPending ? settings.SecondChances : 0))
            {
                var image = device.Image(variant, null, out var fingerprint);
                if (seen.Add(Chance.Mix(fingerprint, (ulong)bounds.Least(index), (ulong)lsn)) && look.Check(image, index) is { } wrong)
                {
                    return (
                        $"lives on from record {lsn}, crashes after event {index} ({variant}), and then {wrong}",
                        look.Dump(device.Image(variant, null, out _), index));
                }
            }

            if (index == trace.Events.Count)
            {
                return default;
            }

            device.Follow(trace.Events[index]);
        }
    }

    private async Task RunAsync(StoreDriver driver, Operation operation)
    {
        operations.Add(operation);
        await driver.RunToEndAsync(operation).ConfigureAwait(false);
    }

    /// <summary>Operations ran one after the other, so each one's record is the next that an operation made.</summary>
    private Dictionary<int, long> Needs(List<WalkedRecord> added)
    {
        var needs = operations.ToDictionary(operation => operation.Id, _ => lsn);
        foreach (var record in added.Where(record => record.Kind == RecordKind.Changes))
        {
            if (OperationJudge.OperationOf(record) is { } id && needs.ContainsKey(id))
            {
                needs[id] = record.Lsn;
            }
        }

        return needs;
    }

    private static Operation Copy(Operation lost) => new()
    {
        Id = lost.Id,
        Kind = lost.Kind,
        Actions = lost.Actions,
        Token = lost.Token,
        Table = lost.Table,
        Definition = lost.Definition,
        Index = lost.Index,
        Stream = lost.Stream,
        TimeToLive = lost.TimeToLive,
    };
}
