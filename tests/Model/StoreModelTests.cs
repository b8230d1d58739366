using System.Globalization;
using CsCheck;
using Storage.Engine;
using Storage.Engine.Model;
using Storage.Engine.Tables;
using Xunit;

namespace Storage.Tests.Model;

/// <summary>Random operations on a store and on a plain sorted dictionary agree, item by item and index entry by index entry.</summary>
public sealed class StoreModelTests
{
    private const string Table = "Things";

    private static readonly Gen<string> Partition = Gen.OneOf("a", "b", "c");
    private static readonly Gen<int> Sort = Gen.Int[-3, 3];
    private static readonly Gen<string?> Group = Gen.OneOf<string?>("x", "y", null);
    private static readonly Gen<int> Score = Gen.Int[-100, 100];

    [Fact]
    public void A_store_and_its_index_agree_with_a_sorted_dictionary_after_any_operations()
    {
        Gen.Const(() => (Open(), new Dictionary()))
            .SampleModelBased(
                Gen.Select(Partition, Sort, Group, Score).Operation<Engine.Store, Dictionary>(
                    (store, t) => Run(store.PutAsync(Table, ItemOf(t.Item1, t.Item2, t.Item3, t.Item4))),
                    (model, t) => model[(t.Item1, t.Item2)] = (t.Item3, t.Item4)),
                Gen.Select(Partition, Sort, Score).Operation<Engine.Store, Dictionary>(
                    (store, t) => Run(store.UpdateAsync(
                        Table,
                        KeyOf(t.Item1, t.Item2),
                        "SET Score = if_not_exists(Score, :zero) + :n",
                        new WriteOptions { Values = Item.Of((":zero", 0), (":n", t.Item3)) })),
                    (model, t) => model[(t.Item1, t.Item2)] = model.TryGetValue((t.Item1, t.Item2), out var old)
                        ? (old.Group, old.Score + t.Item3)
                        : (null, t.Item3)),
                Gen.Select(Partition, Sort, Group).Operation<Engine.Store, Dictionary>(
                    (store, t) => Run(store.PutAsync(
                        Table,
                        ItemOf(t.Item1, t.Item2, t.Item3, 7),
                        new WriteOptions { Condition = "attribute_not_exists(P)" })),
                    (model, t) => model.TryAdd((t.Item1, t.Item2), (t.Item3, 7))),
                Gen.Select(Partition, Sort).Operation<Engine.Store, Dictionary>(
                    (store, t) => Run(store.DeleteAsync(Table, KeyOf(t.Item1, t.Item2))),
                    (model, t) => model.Remove((t.Item1, t.Item2))),
                Gen.Select(Partition, Sort, Sort).Where(t => t.Item2 != t.Item3).Operation<Engine.Store, Dictionary>(
                    (store, t) => store.TransactWriteAsync(
                    [
                        TransactAction.Delete(
                            Table, KeyOf(t.Item1, t.Item2), new WriteOptions { Condition = "attribute_exists(P)" }),
                        TransactAction.Put(Table, ItemOf(t.Item1, t.Item3, "moved", 1)),
                    ]).AsTask().GetAwaiter().GetResult(),
                    (model, t) =>
                    {
                        if (model.Remove((t.Item1, t.Item2)))
                        {
                            model[(t.Item1, t.Item3)] = ("moved", 1);
                        }
                    }),
                equal: Agree,
                iter: 300);
    }

    private static bool Agree(Engine.Store store, Dictionary model)
    {
        var table = store.Database.Catalog.Find(Table)!;
        var items = Read(table.Partitions, ascending: true);
        var backward = Read(table.Partitions, ascending: false);
        backward.Reverse();
        var wanted = model.Select(pair => Text(pair.Key, pair.Value)).Order(StringComparer.Ordinal);
        var indexed = model.Where(pair => pair.Value.Group is not null).Select(pair => Text(pair.Key, pair.Value));
        return items.SequenceEqual(backward)
            && table.ItemCount == model.Count
            && items.Order(StringComparer.Ordinal).SequenceEqual(wanted)
            && InKeyOrder(items)
            && Read(table.Indexes[0].Partitions, ascending: true)
                .Order(StringComparer.Ordinal)
                .SequenceEqual(indexed.Order(StringComparer.Ordinal))
            && model.All(pair => store.GetAsync(Table, KeyOf(pair.Key.Partition, pair.Key.Sort)).AsTask().Result is not null);
    }

    /// <summary>Within a partition key the sort keys ascend as numbers.</summary>
    private static bool InKeyOrder(List<string> items)
    {
        for (var i = 1; i < items.Count; i++)
        {
            var left = items[i - 1].Split('|');
            var right = items[i].Split('|');
            if (left[0] == right[0]
                && int.Parse(left[1], CultureInfo.InvariantCulture) >= int.Parse(right[1], CultureInfo.InvariantCulture))
            {
                return false;
            }
        }

        return true;
    }

    private static List<string> Read(Engine.Partitions.PartitionMap partitions, bool ascending)
    {
        var cursor = new RangeCursor();
        var all = new List<string>();
        cursor.Start(partitions, partitions.Low(0), default, ascending, 3);
        while (cursor.FillAsync(default).AsTask().Result)
        {
            while (cursor.TryNext())
            {
                var item = new Item(cursor.Value.ToArray());
                all.Add(Text(
                    (item["P"].AsString(), (int)item["S"].AsInt64()),
                    (item.TryGetValue("Group", out var group) ? group.AsString() : null, (int)item["Score"].AsInt64())));
            }
        }

        return all;
    }

    private static string Text((string Partition, int Sort) key, (string? Group, int Score) value) =>
        string.Create(CultureInfo.InvariantCulture, $"{key.Partition}|{key.Sort}|{value.Group}|{value.Score}");

    private static void Run(ValueTask<WriteOutcome> write) => write.AsTask().GetAwaiter().GetResult();

    private static Item KeyOf(string partition, int sort) => Item.Of(("P", partition), ("S", sort));

    private static Item ItemOf(string partition, int sort, string? group, int score) => group is null
        ? Item.Of(("P", partition), ("S", sort), ("Score", score))
        : Item.Of(("P", partition), ("S", sort), ("Score", score), ("Group", group));

    private static Engine.Store Open()
    {
        var store = Engine.Store.OpenAsync(new StoreOptions { Seed = 1, InitialPartitions = 2 }).AsTask().Result;
        store.CreateTableAsync(new TableDefinition
        {
            Name = Table,
            Key = new KeySchema(new KeyAttribute("P", AttributeType.S), new KeyAttribute("S", AttributeType.N)),
            Indexes =
            [
                new IndexDefinition
                {
                    Name = "ByGroup",
                    Key = new KeySchema(new KeyAttribute("Group", AttributeType.S), new KeyAttribute("Score", AttributeType.N)),
                },
            ],
        }).AsTask().Wait();
        return store;
    }

    private sealed class Dictionary : SortedDictionary<(string Partition, int Sort), (string? Group, int Score)>;
}
