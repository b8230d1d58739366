using Storage.Engine.Files;
using Storage.Engine.Model;
using Storage.Simulation.Device;
using Storage.Simulation.Rig;
using static Storage.Simulation.Workload.WorkloadTables;

namespace Storage.Simulation.Workload;

/// <summary>
/// A life of a store, drawn from a seed: tables, items, transactions, indexes that are filled, closings and kills in the
/// middle. Leaves a trace to crash in and the operations that explain it.
/// </summary>
internal sealed class CrashWorkload
{
    private const int StepsMin = 20;
    private const int StepsMax = 60;
    private const int AtOnceMax = 9;

    private readonly Random random;
    private readonly OperationSource source;
    private readonly StoreDriver driver;
    private readonly Func<IStoreFiles, IStoreFiles> wrap;
    private readonly int partitions;
    private SimulatedFiles files;
    private bool hasExtra;
    private bool hasIndex;
    private bool hasStream;
    private bool hasExpiry;

    /// <summary>Prepares a life; <paramref name="wrap"/> puts something between the store and its files.</summary>
    internal CrashWorkload(int seed, Func<IStoreFiles, IStoreFiles>? wrap = null, FaultPlan? faults = null)
    {
        random = new Random(seed);
        partitions = 1 + random.Next(3);
        hasStream = random.Next(3) > 0;
        hasExpiry = random.Next(3) > 0;
        Trace = new FileTrace();
        files = new SimulatedFiles(Trace, faults);
        driver = new StoreDriver(Trace, new SimulatedClock());
        source = new OperationSource(random, driver.Clock);
        this.wrap = wrap ?? (inner => inner);
    }

    internal FileTrace Trace { get; }

    internal IReadOnlyList<Operation> Operations => driver.Operations;

    /// <summary>Why a checkpoint or merge failed; null while none did.</summary>
    internal Exception? UpkeepFailure => driver.UpkeepFailure;

    internal int Partitions => partitions;

    internal SimulatedClock Clock => driver.Clock;

    /// <summary>What a reader of the streams was shown.</summary>
    internal FeedFollower Follower => driver.Follower;

    /// <summary>The time of the store's clock behind so many events, at the latest.</summary>
    internal DateTimeOffset TimeAt(int index) => driver.TimeAt(index);

    /// <summary>Lives the life to its end.</summary>
    internal async Task RunAsync()
    {
        Open();
        await BeginAsync().ConfigureAwait(false);
        for (var step = random.Next(StepsMin, StepsMax); step > 0; step--)
        {
            await StepAsync().ConfigureAwait(false);
        }

        await ReadToEndAsync().ConfigureAwait(false);
        await driver.Store.DisposeAsync().ConfigureAwait(false);
    }

    private void Open() => driver.Open(wrap(files), partitions);

    private async Task BeginAsync()
    {
        foreach (var definition in (TableDefinition[])[AccountsTable, With(ThingsTable, hasStream, hasExpiry)])
        {
            await driver.RunToEndAsync(new Operation
            {
                Id = driver.NextId,
                Kind = OperationKind.CreateTable,
                Table = definition.Name,
                Definition = definition,
            }).ConfigureAwait(false);
        }

        for (var i = 0; i < AccountCount; i++)
        {
            driver.Start(OperationSource.Account(driver.NextId, i));
        }

        await driver.SettleAsync().ConfigureAwait(false);
    }

    private async Task StepAsync()
    {
        driver.Advance(TimeSpan.FromMilliseconds(random.Next(4)));
        switch (random.Next(28))
        {
            case 0:
                await ReopenAsync().ConfigureAwait(false);
                break;
            case 1:
                await ChangeExtraTableAsync().ConfigureAwait(false);
                break;
            case 2:
                await ChangeIndexAsync().ConfigureAwait(false);
                break;
            case 3:
                // The tokens of before expire, and the next ones remove them.
                await PassTimeAsync().ConfigureAwait(false);
                break;
            case 4:
                await RepeatAsync().ConfigureAwait(false);
                break;
            case 5:
                await ChangeStreamAsync().ConfigureAwait(false);
                break;
            case 6:
                await ChangeTimeToLiveAsync().ConfigureAwait(false);
                break;
            case 7:
                driver.Advance(TimeSpan.FromSeconds(random.Next(200)));
                driver.StartSweep();
                await SomeAtOnceAsync().ConfigureAwait(false);
                break;
            case < 12:
                await CheckpointAsync().ConfigureAwait(false);
                break;
            default:
                await SomeAtOnceAsync().ConfigureAwait(false);
                break;
        }
    }

    /// <summary>A checkpoint, and sometimes a merge, beside the operations that go on.</summary>
    private async Task CheckpointAsync()
    {
        driver.StartUpkeep(checkpointer => checkpointer.CheckpointAsync(CancellationToken.None));
        if (random.Next(2) == 0)
        {
            driver.StartUpkeep(checkpointer => checkpointer.MergeAsync(CancellationToken.None));
        }

        await SomeAtOnceAsync().ConfigureAwait(false);
    }

    /// <summary>Long enough for tokens and, now and then, for what streams show to expire.</summary>
    private async Task PassTimeAsync()
    {
        if (random.Next(5) > 0)
        {
            driver.Advance(TimeSpan.FromMinutes(4));
            return;
        }

        await ReadToEndAsync().ConfigureAwait(false); // or the reader would be too late
        driver.Advance(TimeSpan.FromHours(25));
    }

    private async Task ReadToEndAsync()
    {
        await driver.SettleAsync().ConfigureAwait(false);
        driver.StartReading();
        await driver.SettleAsync().ConfigureAwait(false);
    }

    private async Task SomeAtOnceAsync()
    {
        for (var count = random.Next(1, AtOnceMax); count > 0; count--)
        {
            driver.Start(source.Next(driver.NextId, hasExtra));
        }

        if (random.Next(3) == 0)
        {
            driver.StartReading();
        }

        if (random.Next(3) > 0 || driver.Running > 2 * AtOnceMax)
        {
            await driver.SettleAsync().ConfigureAwait(false);
        }
    }

    private async Task ReopenAsync()
    {
        await driver.SettleAsync().ConfigureAwait(false);
        if (random.Next(2) == 0)
        {
            await driver.Store.DisposeAsync().ConfigureAwait(false);
        }
        else
        {
            // What is being filled in the background is stopped in the middle by the kill.
            var killed = driver.Store;
            files = files.Kill();
            await killed.DisposeAsync().ConfigureAwait(false);
        }

        Open();
    }

    private async Task ChangeExtraTableAsync()
    {
        await driver.SettleAsync().ConfigureAwait(false);
        await WaitForBackfillsAsync().ConfigureAwait(false);
        await driver.RunToEndAsync(new Operation
        {
            Id = driver.NextId,
            Kind = hasExtra ? OperationKind.DeleteTable : OperationKind.CreateTable,
            Table = Extra,
            Definition = With(ExtraTable, random.Next(3) > 0, random.Next(3) > 0),
        }).ConfigureAwait(false);
        hasExtra = !hasExtra;
    }

    private async Task ChangeIndexAsync()
    {
        await driver.SettleAsync().ConfigureAwait(false);
        await WaitForBackfillsAsync().ConfigureAwait(false);
        driver.Start(new Operation
        {
            Id = driver.NextId,
            Kind = hasIndex ? OperationKind.RemoveIndex : OperationKind.AddIndex,
            Table = Things,
            Index = AddedIndex,
        });
        hasIndex = !hasIndex;
    }

    private async Task ChangeStreamAsync()
    {
        await driver.SettleAsync().ConfigureAwait(false);
        await WaitForBackfillsAsync().ConfigureAwait(false);
        hasStream = !hasStream;
        driver.Start(new Operation
        {
            Id = driver.NextId,
            Kind = OperationKind.SetStream,
            Table = Things,
            Stream = hasStream ? StreamViewType.NewAndOldImages : null,
        });
        await SomeAtOnceAsync().ConfigureAwait(false);
    }

    private async Task ChangeTimeToLiveAsync()
    {
        await driver.SettleAsync().ConfigureAwait(false);
        await WaitForBackfillsAsync().ConfigureAwait(false);
        hasExpiry = !hasExpiry;
        driver.Start(new Operation
        {
            Id = driver.NextId,
            Kind = OperationKind.SetTimeToLive,
            Table = Things,
            TimeToLive = hasExpiry ? Expiry : null,
        });
    }

    /// <summary>A transaction again, with its token, while it is remembered.</summary>
    private async Task RepeatAsync()
    {
        await driver.SettleAsync().ConfigureAwait(false);
        var done = driver.Operations.LastOrDefault(operation => operation is { Token: not null, Repeats: 0, Answer: Answer.Accepted });
        if (done is not null && driver.Clock.Now - done.Time < TimeSpan.FromMinutes(9))
        {
            await driver.RunToEndAsync(OperationSource.Again(driver.NextId, done)).ConfigureAwait(false);
        }
    }

    private async Task WaitForBackfillsAsync()
    {
        foreach (var table in driver.Store.Database.Catalog.All)
        {
            await driver.Store.Database.WaitForBackfillsAsync(table, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
