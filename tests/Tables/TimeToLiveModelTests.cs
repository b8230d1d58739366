using System.Globalization;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Tests.Files;
using Storage.Tests.Recovery;
using Xunit;

namespace Storage.Tests.Tables;

/// <summary>
/// A table with time to live holds what a list of items holds from which whatever is due is taken at each sweep; its
/// expiry index has an entry for each item that expires and no other; and a sweep reads no more than it removes. All of
/// it while the clock moves, time to live is switched, layers are written and merged, and the store is closed and killed.
/// </summary>
public sealed class TimeToLiveModelTests
{
    private const string Name = "TableT";

    private static readonly Gen<string> Sort = Gen.Int[0, 15].Select(number => $"{number:D2}");

    /// <summary>Seconds from now, or what is no time.</summary>
    private static readonly Gen<Func<long, AttributeValue?>> Expiry = Gen.OneOf(
        Gen.Int[-5, 30].Select(after => (Func<long, AttributeValue?>)(now => now + after)),
        Gen.Int[-5, 30].Select(after => (Func<long, AttributeValue?>)(now => now + after + 0.75m)),
        Gen.Int[-2, 2].Select(after => (Func<long, AttributeValue?>)(now => FiveYearsBefore(now) + after)),
        Gen.OneOf<AttributeValue?>(
            null, "1700000000", 0, -1, 0.5m, 1, AttributeValue.Number("1E+30"), AttributeValue.Number("253402300800"), true, AttributeValue.Null)
            .Select(odd => (Func<long, AttributeValue?>)(_ => odd)));

    private static readonly Gen<Step> Any = Gen.Frequency(
        (8, Gen.Select(Sort, Expiry).Select(t => new Step($"put {t.Item1}", run => run.PutAsync(t.Item1, t.Item2)))),
        (4, Gen.Select(Sort, Expiry).Select(t => new Step($"set {t.Item1}", run => run.SetAsync(t.Item1, t.Item2)))),
        (3, Sort.Select(sort => new Step($"touch {sort}", run => run.TouchAsync(sort)))),
        (2, Sort.Select(sort => new Step($"delete {sort}", run => run.DeleteAsync(sort)))),
        (2, Gen.Select(Sort, Sort, Expiry).Select(t => new Step($"transact {t.Item1} {t.Item2}", run => run.TransactAsync(t.Item1, t.Item2, t.Item3)))),
        (4, Gen.Int[1, 8].Select(seconds => new Step($"+{seconds} s", run => run.Move(TimeSpan.FromSeconds(seconds))))),
        (1, Gen.Const(new Step("+1 year", run => run.Move(TimeSpan.FromDays(366))))),
        (5, Gen.Const(new Step("sweep", run => run.SweepAsync()))),
        (1, Gen.OneOf<string?>("T", "U", null).Select(attribute => new Step($"switch {attribute}", run => run.SwitchAsync(attribute)))),
        (3, Gen.Const(new Step("checkpoint", run => run.CheckpointAsync()))),
        (2, Gen.Const(new Step("merge", run => run.MergeAsync()))),
        (1, Gen.Const(new Step("reopen", run => run.ReopenAsync(killed: false)))),
        (1, Gen.Const(new Step("kill", run => run.ReopenAsync(killed: true)))));

    [Fact]
    public void A_table_with_time_to_live_does_what_the_model_does() => Any.Array[1, 60].Sample(
        steps => RunAsync(steps).GetAwaiter().GetResult(),
        iter: 150,
        print: steps => string.Join("; ", steps.Select(step => step.Name)));

    private static async Task RunAsync(Step[] steps)
    {
        var run = await Run.BeginAsync();
        await using (run)
        {
            foreach (var step in steps)
            {
                await step.Do(run);
                await run.CheckAsync();
            }
        }

        var verified = await VerifyFixture.VerifyAsync(run.Files);
        Assert.DoesNotContain(verified.Findings, finding => finding.Kind == FindingKind.Damage);
        Assert.NotNull(verified.FoldHash);
    }

    private static long FiveYearsBefore(long now) =>
        DateTimeOffset.FromUnixTimeSeconds(now).AddYears(-5).ToUnixTimeSeconds();

    private sealed record Step(string Name, Func<Run, Task> Do);

    private sealed class Run : IAsyncDisposable
    {
        private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.Zero));
        private readonly SortedDictionary<string, Dictionary<string, AttributeValue>> items = new(StringComparer.Ordinal);
        private string? attribute = "T";
        private Engine.Store store = null!;

        internal MemoryFiles Files { get; private set; } = new();

        private long Now => time.GetUtcNow().ToUnixTimeSeconds();

        internal static async Task<Run> BeginAsync()
        {
            var run = new Run();
            run.store = await run.OpenAsync();
            await run.store.CreateTableAsync(OpenedStore.Definition(Name, OpenedStore.Index("ByO", "O")) with { TimeToLive = "T" });
            return run;
        }

        public ValueTask DisposeAsync() => store.DisposeAsync();

        internal async Task PutAsync(string sort, Func<long, AttributeValue?> expiry)
        {
            items[sort] = New(sort, expiry(Now));
            await store.PutAsync(Name, Of(items[sort]));
        }

        internal async Task SetAsync(string sort, Func<long, AttributeValue?> expiry)
        {
            var item = items.TryGetValue(sort, out var there) ? there : items[sort] = New(sort, null);
            if (expiry(Now) is { } value)
            {
                item["T"] = value;
                item["U"] = value;
                await store.UpdateAsync(Name, Key(sort), "SET T = :t, U = :t", new() { Values = Item.Of((":t", value)) });
            }
            else
            {
                item.Remove("T");
                await store.UpdateAsync(Name, Key(sort), "REMOVE T");
            }
        }

        internal async Task TouchAsync(string sort)
        {
            (items.TryGetValue(sort, out var there) ? there : items[sort] = New(sort, null))["O"] = $"{Now}";
            await store.UpdateAsync(Name, Key(sort), "SET O = :o", new() { Values = Item.Of((":o", $"{Now}")) });
        }

        internal async Task DeleteAsync(string sort)
        {
            items.Remove(sort);
            await store.DeleteAsync(Name, Key(sort));
        }

        internal async Task TransactAsync(string first, string second, Func<long, AttributeValue?> expiry)
        {
            if (first == second)
            {
                return;
            }

            items[first] = New(first, expiry(Now));
            items.Remove(second);
            await store.TransactWriteAsync(
                [TransactAction.Put(Name, Of(items[first])), TransactAction.Delete(Name, Key(second))]);
        }

        internal Task Move(TimeSpan by)
        {
            time.Advance(by);
            return Task.CompletedTask;
        }

        internal async Task SweepAsync()
        {
            var due = items.Where(item => ExpiryOf(item.Value) is { } at && at >= FiveYearsBefore(Now) && at <= Now).Select(item => item.Key).ToList();
            var before = store.Database.Sweep.EntriesExamined;
            Assert.Equal(due.Count, await store.SweepExpiredAsync());
            due.ForEach(sort => items.Remove(sort));

            // What is due, and one more that tells when to come again.
            Assert.InRange(store.Database.Sweep.EntriesExamined - before, due.Count, due.Count + 1);
            var next = items.Values.Select(ExpiryOf).Where(at => at > Now).Min() ?? long.MaxValue;
            Assert.True(attribute is null || store.Database.Sweep.NextSeconds <= next);
        }

        internal async Task SwitchAsync(string? to)
        {
            attribute = to;
            await store.UpdateTimeToLiveAsync(Name, to);
            await store.Database.WaitForBackfillsAsync(store.Database.Catalog.Find(Name)!, default);
        }

        internal async Task CheckpointAsync() => await store.Checkpointer!.CheckpointAsync(default);

        internal async Task MergeAsync() => await store.Checkpointer!.MergeAsync(default);

        internal async Task ReopenAsync(bool killed)
        {
            var before = store;
            if (killed)
            {
                Files = Files.Kill();
                store = await OpenAsync();
                await before.DisposeAsync();
            }
            else
            {
                await before.DisposeAsync();
                store = await OpenAsync();
            }
        }

        /// <summary>Items, and the entries that they ask for.</summary>
        internal async Task CheckAsync()
        {
            var found = new List<Item>();
            await foreach (var item in store.ScanAsync(Name))
            {
                found.Add(item);
            }

            Assert.Equal(items.Values.Select(Of), found);
            var table = store.Database.Catalog.Find(Name)!;
            Assert.Equal(attribute, table.Definition.TimeToLive);
            if (attribute is not null)
            {
                var expected = items.Where(item => ExpiryOf(item.Value) is not null).Select(item => $"{ExpiryOf(item.Value)} {item.Key}").ToList();
                expected.Sort(StringComparer.Ordinal);
                Assert.Equal(expected, ExpiryEntries.Of(table));
                Assert.Equal(expected.Count, table.Expiry!.Partitions.Count);
            }
        }

        private async Task<Engine.Store> OpenAsync() => await Engine.Store.OpenAsync(new StoreOptions
        {
            Files = Files,
            Seed = 3,
            InitialPartitions = 2,
            Time = time,
            ExpirySweepPeriod = null,
            Log = new LogOptions { PageSizeBits = 12, SegmentSizeBits = 14, UndurableBytesMax = 8 * 1024 },
            Checkpoints = FileStore.Small,
        });

        private static Item Key(string sort) => OpenedStore.Key("p", sort);

        private static Item Of(Dictionary<string, AttributeValue> item) => Item.Of([.. item.Select(one => (one.Key, one.Value))]);

        private static Dictionary<string, AttributeValue> New(string sort, AttributeValue? expiry)
        {
            var item = new Dictionary<string, AttributeValue> { ["P"] = "p", ["S"] = sort };
            if (expiry is { } value)
            {
                item["T"] = value;
            }

            return item;
        }

        /// <summary>The second in which the model says that an item expires; null when never.</summary>
        private long? ExpiryOf(Dictionary<string, AttributeValue> item)
        {
            if (attribute is null || !item.TryGetValue(attribute, out var value) || value.Type != AttributeType.N)
            {
                return null;
            }

            var number = double.Parse(value.AsNumber(), CultureInfo.InvariantCulture);
            return Math.Floor(number) is >= 1 and <= 253402300799 ? (long)Math.Floor(number) : null;
        }
    }
}
