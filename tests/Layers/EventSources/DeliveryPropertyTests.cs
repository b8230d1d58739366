using CsCheck;
using Storage.Engine;
using Storage.Engine.Model;
using Storage.Server.Contracts;
using Storage.Server.Lambda;
using Storage.Server.Lambda.EventSources;
using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests.EventSources;

/// <summary>
/// Random failures of the function, whole and partial, throttles, stops in the middle of calls, restarts over one
/// directory, other settings meanwhile: every record is delivered at least once, in order per key; nothing at or before a
/// checkpoint comes again.
/// </summary>
public sealed class DeliveryPropertyTests
{
    private const int Rounds = 4;
    private const int WritesPerRound = 40;
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(1);

    private static readonly Gen<Settings> AnySettings = Gen.Select(
        Gen.Int[1, 3], Gen.Int[1, 6], Gen.Bool, (factor, batch, bisects) => new Settings(factor, batch, bisects));

    [Fact]
    public void Whatever_fails_and_stops_every_record_comes_in_order_and_none_before_the_checkpoint_again() =>
        Gen.Select(Gen.Int, Gen.Int[1, 2], Gen.Int[1, 9], Gen.Bool, AnySettings.Array[Rounds]).Sample(
            (seed, shards, keys, reports, settings) => RunAsync(seed, shards, keys, reports, settings).GetAwaiter().GetResult(),
            iter: 25,
            threads: 2);

    private static async Task RunAsync(int seed, int shards, int keys, bool reports, Settings[] settings)
    {
        using var scratch = new ScratchDirectory();
        using var guard = new CancellationTokenSource(Guard);
        var random = new Random(seed);
        var stream = new FakeStream(TimeProvider.System, shards);
        var witness = new Witness(seed, reports);
        var versions = new int[keys];
        var mapping = new EventSourceMapping
        {
            Uuid = "14e0db71-0000-0000-0000-000000000000",
            EventSourceArn = FakeStream.Arn,
            FunctionArn = FakeFunctions.ArnPrefix + "f",
            StartingPosition = StreamStart.TrimHorizon,
            ReportsItemFailures = reports,
            State = MappingState.Creating,
            IsEnabled = true,
            LastModified = DateTimeOffset.UnixEpoch,
        };
        foreach (var setting in settings)
        {
            await using var store = await Store.OpenAsync(scratch.File("data"));
            var table = new MappingTable(store);
            await table.EnsureAsync(default);
            await ChangeAsync(table, mapping, setting);
            await witness.RestartAsync(table, mapping.Uuid, shards);
            await using var supervisor = new MappingSupervisor(
                table,
                stream,
                witness.Function,
                new LambdaOptions { StreamBackoffMin = TimeSpan.FromMilliseconds(1), StreamBackoffMax = TimeSpan.FromMilliseconds(4) },
                TimeProvider.System,
                TextWriter.Null)
            {
                StopGrace = random.Next(2) == 0 ? TimeSpan.Zero : Guard, // in the middle of calls, or after them
            };
            await supervisor.StartAsync(default);
            var goal = witness.Deliveries + random.Next(WritesPerRound);
            for (var write = 0; write < WritesPerRound; write++)
            {
                var key = random.Next(keys);
                stream.Append($"k{key}", ++versions[key]);
            }

            await Eventually.TrueAsync(() => witness.Deliveries >= goal || witness.Acknowledged == versions.Sum(), () => "No progress.");
            if (random.Next(2) == 0)
            {
                // Other settings while it runs.
                await ChangeAsync(table, mapping, settings[random.Next(settings.Length)]);
                supervisor.Notify(mapping.Uuid);
            }

            if (setting == settings[^1])
            {
                witness.IsMended = true;
                await Eventually.TrueAsync(
                    () => witness.Acknowledged == versions.Sum() || witness.Fault is not null,
                    () => $"{witness.Acknowledged} of {versions.Sum()} records came.");
            }
        }

        Assert.Null(witness.Fault);
        Assert.Equal(versions.Sum(), witness.Acknowledged);
    }

    private static async Task ChangeAsync(MappingTable table, EventSourceMapping first, Settings settings)
    {
        while (true)
        {
            var old = await table.FindAsync(first.Uuid, default);
            var changed = (old ?? first) with
            {
                ParallelizationFactor = settings.Factor,
                BatchSize = settings.Batch,
                BisectsOnFunctionError = settings.Bisects,
                State = old is null ? MappingState.Creating : MappingState.Updating,
            };
            var write = old is null ? await table.CreateAsync(changed, default) : await table.ReplaceAsync(old, changed, default);
            if (write.Written is not null)
            {
                return;
            }
        }
    }

    private sealed record Settings(int Factor, int Batch, bool Bisects);

    /// <summary>The function: fails at random and notes whatever must not be.</summary>
    private sealed class Witness
    {
        private readonly Lock gate = new();
        private readonly Random random;
        private readonly bool reports;
        private readonly HashSet<ChangePosition> acknowledged = [];
        private readonly Dictionary<string, int> newest = new(StringComparer.Ordinal);
        private readonly HashSet<string> busyKeys = new(StringComparer.Ordinal);
        private readonly Dictionary<string, ShardCheckpoint> checkpoints = new(StringComparer.Ordinal);
        private FakeStream? shardsOfKeys;

        internal Witness(int seed, bool reports)
        {
            this.reports = reports;
            random = new Random(seed);
            Function.Answer = AnswerAsync;
        }

        internal FakeInvoker Function { get; } = new();

        internal string? Fault { get; private set; }

        internal bool IsMended { get; set; }

        internal int Deliveries { get; private set; }

        internal int Acknowledged
        {
            get
            {
                lock (gate)
                {
                    return acknowledged.Count;
                }
            }
        }

        /// <summary>Notes the checkpoints that a start finds: from now on nothing they cover may come.</summary>
        internal async Task RestartAsync(MappingTable table, string uuid, int shards)
        {
            shardsOfKeys = new FakeStream(TimeProvider.System, shards);
            for (var shard = 0; shard < shards; shard++)
            {
                var id = FakeStream.ShardId(shard);
                if (await table.FindCheckpointAsync(uuid, id, default) is { } checkpoint)
                {
                    checkpoints[id] = checkpoint;
                }
            }
        }

        private async ValueTask<FunctionAnswer> AnswerAsync(ReceivedBatch batch, CancellationToken cancellation)
        {
            int chance;
            int split;
            lock (gate)
            {
                Check(batch);
                Deliveries += batch.Records.Count;
                chance = IsMended ? 100 : random.Next(100);
                split = random.Next(batch.Records.Count);
                busyKeys.UnionWith(batch.Records.Select(record => record.Key));
            }

            try
            {
                await (chance % 3 == 0 ? Task.Delay(1, cancellation) : Task.CompletedTask);
                switch (chance)
                {
                    case < 5:
                        return FakeInvoker.Refusal(429);
                    case < 8:
                        throw new IOException("no process");
                    case < 20:
                        return FakeInvoker.Failure();
                    case < 40 when reports:
                        Acknowledge(batch.Records.Take(split));
                        return FakeInvoker.ItemFailures(batch.Records.Skip(split));
                    default:
                        Acknowledge(batch.Records);
                        return FakeInvoker.Success();
                }
            }
            finally
            {
                lock (gate)
                {
                    busyKeys.ExceptWith(batch.Records.Select(record => record.Key));
                }
            }
        }

        private void Acknowledge(IEnumerable<Received> records)
        {
            lock (gate)
            {
                acknowledged.UnionWith(records.Select(record => record.Position));
            }
        }

        private void Check(ReceivedBatch batch)
        {
            foreach (var record in batch.Records)
            {
                if (busyKeys.Contains(record.Key))
                {
                    Fault ??= $"{record} came while its key was under way.";
                }

                var before = newest.GetValueOrDefault(record.Key);
                if (record.Version > before + 1)
                {
                    Fault ??= $"{record} came when {before} was the newest.";
                }

                if (acknowledged.Contains(record.Position))
                {
                    Fault ??= $"{record} came again though it was acknowledged."; // no stop here is a crash
                }

                newest[record.Key] = Math.Max(before, record.Version);
                var shard = FakeStream.ShardId(shardsOfKeys!.ShardOf(record.Key));
                var hash = FakeStream.HashOf(record.Key);
                if (checkpoints.TryGetValue(shard, out var checkpoint)
                    && (record.Position <= checkpoint.Lanes[ShardCheckpoint.LaneOf(hash, checkpoint.Lanes.Length)]
                        || ShardCheckpoint.IsDone(checkpoint.Prior, record.Position, hash)))
                {
                    Fault ??= $"{record} came though the checkpoint was {checkpoint.Position}.";
                }
            }
        }
    }
}
