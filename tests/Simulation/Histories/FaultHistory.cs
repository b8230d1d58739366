using Storage.Engine;
using Storage.Engine.Log;
using Storage.Engine.Recovery;
using Storage.Simulation.Device;
using Storage.Simulation.Images;
using Storage.Simulation.Rig;
using Storage.Simulation.Workload;
using static Storage.Simulation.Workload.WorkloadTables;

namespace Storage.Simulation.Histories;

/// <summary>
/// Several clients at once on a store whose device fails, fills up or is slow; then a restart, more work, and a crash.
/// What all of them were answered, and what is found after the crash, must be explained by one order of operations.
/// </summary>
internal sealed class FaultHistory
{
    private const int Clients = 4;
    private const int OperationsEach = 7;
    private const int Keys = 3;
    private const int YieldsMax = 300;
    private const int CrashesMax = 3;
    private const int Checkpoints = 6;

    private readonly int seed;
    private readonly Random random;
    private readonly FileTrace trace = new();
    private readonly SimulatedClock clock = new();
    private readonly FaultPlan faults = new();
    private readonly List<Operation> operations = [];
    private readonly List<string> wrong = [];
    private SimulatedFiles files;

    internal FaultHistory(int seed)
    {
        this.seed = seed;
        random = new Random(seed);
        files = new SimulatedFiles(trace, faults);
    }

    /// <summary>Crashes after which the store was opened again and its history checked.</summary>
    internal int Crashes { get; private set; }

    /// <summary>Faults that struck.</summary>
    internal int Struck => faults.Struck;

    /// <summary>Operations that the clients were told had failed.</summary>
    internal int Failed => operations.Count(operation => operation.Failure is not null);

    /// <summary>What no order explains.</summary>
    internal IReadOnlyList<string> Wrong => wrong;

    internal async Task RunAsync()
    {
        var (store, checkpointer) = SimulatedStore.Open(files, clock, 2);
        await store.CreateTableAsync(AccountsTable).ConfigureAwait(false);
        await store.CreateTableAsync(ThingsTable).ConfigureAwait(false);
        for (var account = 0; account < AccountCount; account++)
        {
            await AskAsync(store, OperationSource.Account(NextId(), account)).ConfigureAwait(false);
        }

        Plan();
        await Task.WhenAll(WorkAsync(store), KeepUpAsync(checkpointer)).ConfigureAwait(false);

        // The process ends as it is, the disk heals, and another process opens what is there.
        files = files.Kill();
        await store.DisposeAsync().ConfigureAwait(false);
        (store, checkpointer) = SimulatedStore.Open(files, clock, 2);
        trace.Mark(TraceMark.Opened, 0);
        await Task.WhenAll(WorkAsync(store), KeepUpAsync(checkpointer)).ConfigureAwait(false);
        await store.DisposeAsync().ConfigureAwait(false);
        await CrashAsync().ConfigureAwait(false);
    }

    private void Plan()
    {
        var after = random.Next(14);
        switch (seed % 9)
        {
            case 0:
                faults.Add(new Fault(DeviceCall.Sync, "", after, IsSticky: random.Next(2) == 0));
                break;
            case 1:
                faults.Add(new Fault(DeviceCall.Write, "", after, IsSticky: random.Next(2) == 0));
                break;
            case 2:
                faults.Add(new Fault(DeviceCall.Write, "", after, FaultKind.TornWrite));
                break;
            case 3:
                faults.SetSpace(random.Next(40_000));
                break;
            case 4:
                faults.Add(new Fault(DeviceCall.SyncDirectory, "", random.Next(2)));
                break;
            case 5:
                faults.Add(new Fault(random.Next(2) == 0 ? DeviceCall.Sync : DeviceCall.Write, ".run", random.Next(3)));
                break;
            case 6:
                faults.Add(new Fault(random.Next(2) == 0 ? DeviceCall.Sync : DeviceCall.Rename, "MANIFEST.new", random.Next(2)));
                break;
            case 7:
                faults.Add(new Fault(DeviceCall.Delete, "", random.Next(2))).Add(new Fault(DeviceCall.Read, ".run", random.Next(20)));
                break;
            default:
                faults.Before = WaitForOthers;
                break;
        }
    }

    /// <summary>A slow device: a sync comes back only after others had their turn.</summary>
    private void WaitForOthers(DeviceCall call, string name)
    {
        if (call == DeviceCall.Sync)
        {
            var before = trace.MarkCount;
            for (var i = 0; i < YieldsMax && trace.MarkCount < before + Clients; i++)
            {
                Thread.Yield();
            }
        }
    }

    /// <summary>Checkpoints and merges beside the work. One that fails leaves everything as it was, and is tried again.</summary>
    private static async Task KeepUpAsync(Checkpointer checkpointer)
    {
        for (var i = 0; i < Checkpoints; i++)
        {
            await Task.Yield();
            try
            {
                await checkpointer.CheckpointAsync(CancellationToken.None).ConfigureAwait(false);
                await checkpointer.MergeAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (LogPoisonedException)
            {
                return;
            }
            catch (IOException)
            {
            }
        }
    }

    private Task WorkAsync(Store store)
    {
        var seeds = Enumerable.Range(0, Clients).Select(_ => random.Next()).ToArray();
        return Task.WhenAll(seeds.Select(own => Task.Run(() => WorkAsync(store, new Random(own)))));
    }

    private async Task WorkAsync(Store store, Random own)
    {
        var source = new OperationSource(own);
        for (var i = 0; i < OperationsEach; i++)
        {
            var operation = Draw(source, own, NextId());
            if (!await AskAsync(store, operation).ConfigureAwait(false) && operation.Kind is OperationKind.Write or OperationKind.Transaction)
            {
                return; // writes have stopped; a client that goes on would only add doubts
            }
        }
    }

    private static Operation Draw(OperationSource source, Random own, int id)
    {
        var key = ThingKey(0, own.Next(Keys));
        return own.Next(10) switch
        {
            < 2 => source.PutOf(id, key, Demand.None),
            2 => source.PutOf(id, key, Demand.Absent),
            3 => new Operation { Id = id, Kind = OperationKind.Write, Table = Things, Actions = [new ItemAction(ActionKind.Add, Things, key, Demand.Exists, Amount: 1)] },
            4 => new Operation { Id = id, Kind = OperationKind.Write, Table = Things, Actions = [new ItemAction(ActionKind.Delete, Things, key, Demand.Exists)] },
            5 => new Operation { Id = id, Kind = OperationKind.Get, Table = Things, Actions = [new ItemAction(ActionKind.Check, Things, key, Demand.None)] },
            < 9 => source.Transfer(id),
            _ => OperationSource.Balances(id),
        };
    }

    private int NextId()
    {
        lock (operations)
        {
            operations.Add(null!);
            return operations.Count;
        }
    }

    private async Task<bool> AskAsync(Store store, Operation operation)
    {
        lock (operations)
        {
            operations[operation.Id - 1] = operation;
        }

        trace.Mark(TraceMark.Issued, operation.Id);
        try
        {
            operation.Answer = await StoreCall.RunAsync(store, operation).ConfigureAwait(false);
            trace.Mark(TraceMark.Answered, operation.Id);
            if (operation.Kind == OperationKind.TransactGet && operation.Found.Sum(item => item!["N"].AsInt64()) != AccountCount * StartBalance)
            {
                lock (wrong)
                {
                    wrong.Add($"seed {seed}: {operation} saw a transfer half done.");
                }
            }

            return true;
        }
        catch (Exception failure) when (failure is LogPoisonedException or IOException or Engine.Model.DynamoDbException)
        {
            operation.Failure = failure;
            return false;
        }
    }

    private async Task CrashAsync()
    {
        var last = trace.Events.Count;
        var points = Enumerable.Range(0, CrashesMax - 1).Select(_ => random.Next(last)).Append(last).Order().ToArray();
        var state = new DeviceState();
        foreach (var point in points)
        {
            while (state.Index < point)
            {
                state.Follow(trace.Events[state.Index]);
            }

            foreach (var variant in CrashVariant.All(Chance.Mix((ulong)seed, (ulong)point), 1))
            {
                await CheckAsync(state.Image(variant, null, out _), point, variant).ConfigureAwait(false);
            }
        }
    }

    private async Task CheckAsync(SimulatedFiles image, int point, CrashVariant variant)
    {
        Crashes++;
        var history = Until(point);
        try
        {
            var (store, _) = SimulatedStore.Open(image, clock, 2);
            if (store.Database.Catalog.UserCount == 2)
            {
                await ReadAllAsync(store, history).ConfigureAwait(false);
            }

            await store.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception refusal) when (refusal is IOException or InvalidDataException)
        {
            wrong.Add($"seed {seed}, crash after event {point}, {variant}: does not open: {refusal.Message}");
            return;
        }

        var order = new Serialization(history);
        if (!order.Exists())
        {
            wrong.Add($"seed {seed}, crash after event {point}, {variant}: no order explains the answers:\n  "
                + string.Join("\n  ", history.Select(call => $"{call.From}-{call.Until} {call.Operation} found {string.Join(", ", call.Operation.Found)}")));
        }
    }

    /// <summary>What is there after the crash, read at once and so as one last operation.</summary>
    private static async Task ReadAllAsync(Store store, List<HistoryCall> history)
    {
        var all = new Operation
        {
            Id = int.MaxValue,
            Kind = OperationKind.TransactGet,
            Actions =
            [
                .. Enumerable.Range(0, Keys).Select(i => new ItemAction(ActionKind.Check, Things, ThingKey(0, i), Demand.None)),
                .. Enumerable.Range(0, AccountCount).Select(i => new ItemAction(ActionKind.Check, Accounts, AccountKey(i), Demand.None)),
            ],
        };
        all.Answer = await StoreCall.RunAsync(store, all).ConfigureAwait(false);
        history.Add(new HistoryCall(all, HistoryCall.Never - 1, HistoryCall.Never - 1));
    }

    /// <summary>The history up to a crash: what was answered later was not answered at all, what was given later never was.</summary>
    private List<HistoryCall> Until(int point)
    {
        var calls = new Dictionary<int, HistoryCall>();
        for (var i = 0; i < trace.Marks.Count; i++)
        {
            var (index, mark, id) = trace.Marks[i];
            if (index > point || mark == TraceMark.Opened)
            {
                continue;
            }

            calls[id] = mark == TraceMark.Issued
                ? new HistoryCall(operations[id - 1], i, HistoryCall.Never)
                : calls[id] with { Until = i };
        }

        return [.. calls.Values];
    }
}
