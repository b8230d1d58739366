using System.Globalization;
using Storage.Engine;
using Storage.Engine.Model;

namespace Storage.Bench.Embedded;

/// <summary>A closed loop in process through the store's own types, in memory and on disk.</summary>
internal static class EngineBench
{
    private const string Items = "Items";
    private const string Events = "Events";
    private const int CollectionCount = 500;
    private const int CollectionItems = 100;
    private const int LoadersAtOnce = 64;
    private const int WritersMax = 64;
    private const int ItemsPerWriter = 15;

    internal static async Task<int> RunAsync(Arguments arguments)
    {
        var duration = TimeSpan.FromSeconds(Math.Max(1, arguments.Number("--seconds", 3, 60)));
        var items = Math.Max(1, arguments.Number("--items", 200_000, 5_000_000));
        using var scratch = new ScratchDirectory(arguments.Text("--data"));
        var report = new Report(
            $"Closed loop in process, {items.ToString("N0", CultureInfo.InvariantCulture)} items of 1 KB",
            scratch.FullPath,
            "Store", "Operation", "Operations/s", "p50 µs", "p99 µs", "Allocated B/op");
        foreach (var onDisk in arguments.Has("--in-memory") ? [false] : new[] { false, true })
        {
            var options = new StoreOptions { Directory = onDisk ? scratch.File("data") : null, Seed = 1 };
            await using var store = await Storage.Engine.Store.OpenAsync(options);
            Console.WriteLine(onDisk ? "On disk: loading ..." : "In memory: loading ...");
            await LoadAsync(store, items);
            await RunAsync(store, onDisk ? "disk" : "memory", items, duration, arguments.Text("--only"), report);
        }

        report.Finish("engine", arguments.Has("--save"));
        return 0;
    }

    private static async Task RunAsync(
        Storage.Engine.Store store, string kind, int items, TimeSpan duration, string? only, Report report)
    {
        // Made before the clock starts: the figure is the store's, not Item.Of's.
        var keys = Enumerable.Range(0, Math.Min(items, 100_000)).Select(i => Key(Scattered(i, items))).ToArray();

        // Each writer has items of its own and turns between two versions of them: a put of what is there already makes
        // no record and would not be durable work.
        var versions = new[] { 1, 2 }.Select(version => Enumerable.Range(0, WritersMax * ItemsPerWriter)
            .Select(i => Whole(Scattered(i, items), version * 1_000_000)).ToArray()).ToArray();
        foreach (var workers in new[] { 1, 2 })
        {
            await PhaseAsync($"Get of 1 KB, {workers} thread{(workers > 1 ? "s" : "")}", workers, async (worker, count) =>
            {
                if (await store.GetAsync(Items, keys[(count + (worker * 31)) % keys.Length]) is null)
                {
                    throw new InvalidOperationException("A loaded item is missing.");
                }
            });
        }

        var queries = Enumerable.Range(0, CollectionCount).Select(i => new QueryOptions
        {
            KeyCondition = "pk = :p",
            Values = Item.Of((":p", Collection(Scattered(i, CollectionCount)))),
        }).ToArray();
        await PhaseAsync($"Query of {CollectionItems} items, 1 thread", 1, async (_, count) =>
        {
            var seen = 0;
            await foreach (var item in store.QueryAsync(Events, queries[count % queries.Length]))
            {
                seen++;
            }

            if (seen != CollectionItems)
            {
                throw new InvalidOperationException($"A query gave {seen} items.");
            }
        });

        foreach (var workers in new[] { 1, WritersMax })
        {
            await PhaseAsync($"Put of 1 KB, {workers} writer{(workers > 1 ? "s" : "")}", workers, async (worker, count) =>
                await store.PutAsync(
                    Items, versions[count / ItemsPerWriter % 2][(worker * ItemsPerWriter) + (count % ItemsPerWriter)]));
        }

        async Task PhaseAsync(string name, int workers, Func<int, int, ValueTask> operation)
        {
            if (only is not null && !name.Contains(only, StringComparison.OrdinalIgnoreCase))
            {
                return;
            }

            var seen = await ClosedLoop.RunAsync(workers, duration, operation);
            var culture = CultureInfo.InvariantCulture;
            report.Row(
                kind,
                name,
                seen.PerSecond.ToString("F0", culture),
                seen.P50Us.ToString("F1", culture),
                seen.P99Us.ToString("F1", culture),
                seen.AllocatedBytes.ToString(culture));
            Console.WriteLine($"{kind}, {name}: {seen.PerSecond:N0}/s");
        }
    }

    private static async Task LoadAsync(Storage.Engine.Store store, int items)
    {
        await store.CreateTableAsync(new TableDefinition
        {
            Name = Items,
            Key = new KeySchema(new KeyAttribute("id", AttributeType.S)),
        });
        await store.CreateTableAsync(new TableDefinition
        {
            Name = Events,
            Key = new KeySchema(new KeyAttribute("pk", AttributeType.S), new KeyAttribute("sk", AttributeType.N)),
        });
        var limits = new ParallelOptions { MaxDegreeOfParallelism = LoadersAtOnce };
        await Parallel.ForEachAsync(Enumerable.Range(0, items), limits, async (number, cancellation) =>
            await store.PutAsync(Items, Whole(number), null, cancellation));
        await Parallel.ForEachAsync(
            Enumerable.Range(0, CollectionCount * CollectionItems),
            limits,
            async (number, cancellation) => await store.PutAsync(Events, Event(number), null, cancellation));
    }

    private static int Scattered(int number, int items) => (int)(number * 7919L % items);

    private static Item Key(int number) => Item.Of(("id", Name(number)));

    private static string Name(int number) => $"item-{number.ToString("D8", CultureInfo.InvariantCulture)}";

    private static string Collection(int number) => $"stream-{number.ToString("D5", CultureInfo.InvariantCulture)}";

    private static Item Whole(int number, int visits = 0)
    {
        var filler = new string((char)('a' + (number % 26)), 130);
        return Item.Of(
            ("id", Name(number)),
            ("title", filler[..60]),
            ("artist", filler),
            ("album", filler),
            ("genre", filler),
            ("label", filler),
            ("notes", filler + filler + filler),
            ("year", 1950 + (number % 75)),
            ("visits", visits + number),
            ("awarded", true));
    }

    private static Item Event(int number) =>
        Item.Of(
            ("pk", Collection(number / CollectionItems)),
            ("sk", number % CollectionItems * 10),
            ("kind", "page_view"),
            ("path", "/" + new string('p', 50)),
            ("ms", number),
            ("ok", true));
}
