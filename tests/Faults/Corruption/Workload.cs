using System.Globalization;
using System.IO.Hashing;
using Storage.Engine;
using Storage.Engine.Model;

namespace Storage.Faults.Corruption;

/// <summary>
/// What is written into a store that is going to be damaged: a function of the seed, one write after the other. Items from
/// a few bytes to several pages, indexes of both kinds, transactions with and without tokens, refusals, removals, a table
/// that is deleted, an index that is added later.
/// </summary>
internal sealed class Workload
{
    internal const string Music = "Music";
    internal const string Counters = "Counters";

    private const string Gone = "Gone";
    private const int Partitions = 4;
    private const int Sorts = 8;

    private readonly Random random;
    private readonly List<(TransactAction[] Actions, string Token)> tokens = [];
    private int counter;

    internal Workload(int seed)
    {
        random = new Random(seed);
        Keys = new SortedDictionary<string, IReadOnlyList<Item>>(StringComparer.Ordinal)
        {
            [Music] =
            [
                .. from partition in Enumerable.Range(0, Partitions)
                   from sort in Enumerable.Range(0, Sorts)
                   select KeyOf(partition, sort),
            ],
            [Gone] = [Item.Of(("P", "x"))],
        };
    }

    /// <summary>Every key that may be in use, by table.</summary>
    internal IReadOnlyDictionary<string, IReadOnlyList<Item>> Keys { get; }

    /// <summary>Makes the tables.</summary>
    internal static async Task CreateTablesAsync(Store store)
    {
        await store.CreateTableAsync(new TableDefinition
        {
            Name = Music,
            Key = new KeySchema(new KeyAttribute("P", AttributeType.S), new KeyAttribute("S", AttributeType.N)),
            Stream = StreamViewType.NewAndOldImages,
            Indexes =
            [
                new IndexDefinition
                {
                    Name = "ByGroup",
                    Key = new KeySchema(new KeyAttribute("G", AttributeType.S), new KeyAttribute("S", AttributeType.N)),
                },
                new IndexDefinition
                {
                    Name = "ByWord",
                    IsLocal = true,
                    Key = new KeySchema(new KeyAttribute("P", AttributeType.S), new KeyAttribute("W", AttributeType.S)),
                    Projection = ProjectionType.KeysOnly,
                },
            ],
        });
        foreach (var name in new[] { Counters, Gone })
        {
            await store.CreateTableAsync(new TableDefinition
            {
                Name = name, Key = new KeySchema(new KeyAttribute("P", AttributeType.S)),
            });
        }

        await store.PutAsync(Gone, Item.Of(("P", "x"), ("W", "soon gone")));
    }

    /// <summary>Removes a table with what it holds.</summary>
    internal static async Task DeleteTableAsync(Store store) => await store.DeleteTableAsync(Gone);

    /// <summary>The next write, ready to be made on this store and, the same, on another.</summary>
    internal Func<Store, Task> Next(bool mayHaveToken = true)
    {
        var key = KeyOf(random.Next(Partitions), random.Next(Sorts));
        switch (random.Next(10))
        {
            case 0 or 1:
                return async store => await store.DeleteAsync(Music, key);
            case 2:
                return async store => await store.UpdateAsync(
                    Music, key, "ADD N :one REMOVE G", new WriteOptions { Values = Item.Of((":one", 1)) });
            case 3 or 4:
                return NextTransaction(key, mayHaveToken);
            default:
                var item = ItemOf(key);
                return async store => await store.PutAsync(Music, item);
        }
    }

    /// <summary>
    /// Sends every transaction that had a token again: one that is remembered does nothing. One that was forgotten counts
    /// its counter up a second time, which is what is hashed.
    /// </summary>
    internal async Task SendTokensAgainAsync(Store store, XxHash128 hash)
    {
        if (await store.FindTableAsync(Counters) is null)
        {
            return;
        }

        foreach (var (actions, token) in tokens)
        {
            var outcome = await store.TransactWriteAsync(actions, token);
            var counted = await store.GetAsync(Counters, actions[0].Item);
            hash.Append(System.Text.Encoding.UTF8.GetBytes(
                FormattableString.Invariant($"{token} {outcome.Accepted} {counted?["N"].AsInt64()}\n")));
        }
    }

    private static Item KeyOf(int partition, int sort) =>
        Item.Of(("P", "artist " + partition.ToString(CultureInfo.InvariantCulture)), ("S", sort));

    private Func<Store, Task> NextTransaction(Item key, bool mayHaveToken)
    {
        var name = "count " + (counter++).ToString(CultureInfo.InvariantCulture);
        var actions = new[]
        {
            TransactAction.Update(
                Counters, Item.Of(("P", name)), "ADD N :one", new WriteOptions { Values = Item.Of((":one", 1)) }),
            TransactAction.Put(Music, ItemOf(key)),
        };
        if (!mayHaveToken || random.Next(2) == 0)
        {
            return async store => await store.TransactWriteAsync(actions);
        }

        tokens.Add((actions, name));
        return async store => await store.TransactWriteAsync(actions, name);
    }

    private Item ItemOf(Item key)
    {
        var word = "word " + random.Next(5).ToString(CultureInfo.InvariantCulture);
        var bytes = new byte[random.Next(12) == 0 ? random.Next(3000, 9000) : random.Next(300)];
        random.NextBytes(bytes);
        return random.Next(3) == 0
            ? Item.Of(("P", key["P"]), ("S", key["S"]), ("W", word), ("B", bytes))
            : Item.Of(("P", key["P"]), ("S", key["S"]), ("W", word), ("B", bytes), ("G", "group " + word[^1]));
    }
}
