using Storage.Engine;
using static Storage.Simulation.Workload.WorkloadTables;

namespace Storage.Simulation.Workload;

/// <summary>Draws operations from a seed.</summary>
/// <param name="random">The seed's chance.</param>
/// <param name="time">Items expire around its time; null: never.</param>
internal sealed class OperationSource(Random random, TimeProvider? time = null)
{
    // Items expire up to so many seconds before they are written, or behind that.
    private const int ExpiredSecondsMax = 60;
    private const int ExpirySecondsMax = 400;

    private const int Partitions = 3;
    private const int Sorts = 6;

    // One in so many items is large enough to be cut into fragments, and so to cross pages and segments.
    private const int LargeItemOdds = 12;

    internal static Operation Account(int id, int account) => new()
    {
        Id = id,
        Kind = OperationKind.Write,
        Table = Accounts,
        Actions =
        [
            new ItemAction(
                ActionKind.Put, Accounts, AccountKey(account), Demand.None,
                Item.Of(("P", AccountName(account)), ("N", StartBalance), ("O", id))),
        ],
    };

    /// <summary>Any operation on items of the tables there are.</summary>
    internal Operation Next(int id, bool hasExtra)
    {
        var table = hasExtra && random.Next(3) == 0 ? Extra : Things;
        switch (random.Next(20))
        {
            case < 1 when time is not null:
                return Write(id, new ItemAction(ActionKind.Defer, table, Key(), AnyDemand(), Amount: ExpirySeconds()));
            case < 8:
                return Write(id, Put(id, table, random.Next(4) == 0 ? Demand.Absent : Demand.None));
            case < 11:
                return Write(id, new ItemAction(ActionKind.Add, table, Key(), AnyDemand(), Amount: random.Next(1, 50)));
            case 11:
                return Write(id, new ItemAction(ActionKind.Ungroup, table, Key(), Demand.Exists));
            case < 14:
                return Write(id, new ItemAction(ActionKind.Delete, table, Key(), random.Next(2) == 0 ? Demand.Exists : Demand.None));
            case < 17:
                return Transfer(id);
            case 17:
                return Mixed(id, table);
            case 18:
                return new Operation
                {
                    Id = id,
                    Kind = OperationKind.Get,
                    Table = table,
                    Actions = [new ItemAction(ActionKind.Check, table, Key(), Demand.None)],
                };
            default:
                return Balances(id);
        }
    }

    /// <summary>Reads all accounts at one moment.</summary>
    internal static Operation Balances(int id) => new()
    {
        Id = id,
        Kind = OperationKind.TransactGet,
        Table = Accounts,
        Actions = [.. Enumerable.Range(0, AccountCount).Select(i => new ItemAction(ActionKind.Check, Accounts, AccountKey(i), Demand.None))],
    };

    /// <summary>The same transaction again, with its token.</summary>
    internal static Operation Again(int id, Operation first) => new()
    {
        Id = id,
        Kind = OperationKind.Transaction,
        Actions = first.Actions,
        Token = first.Token,
        Repeats = first.Id,
    };

    /// <summary>Moves an amount between two accounts.</summary>
    internal Operation Transfer(int id)
    {
        var from = random.Next(AccountCount);
        var to = (from + 1 + random.Next(AccountCount - 1)) % AccountCount;
        var amount = random.Next(1, 80);
        return new Operation
        {
            Id = id,
            Kind = OperationKind.Transaction,
            Token = random.Next(2) == 0 ? $"token-{id}" : null,
            Actions =
            [
                new ItemAction(ActionKind.Add, Accounts, AccountKey(from), Demand.Covers, Amount: -amount),
                new ItemAction(ActionKind.Add, Accounts, AccountKey(to), Demand.Exists, Amount: amount),
            ],
        };
    }

    /// <summary>A thing that was never there before.</summary>
    internal Operation NewThing(int id) => Write(id, Put(id, Things, Demand.None));

    /// <summary>A put of one thing.</summary>
    internal Operation PutOf(int id, Item key, Demand demand) => Write(id, new ItemAction(
        ActionKind.Put, Things, key, demand, Item.Of(("P", key["P"]), ("S", key["S"]), ("O", id), ("N", random.Next(100)), ("V", Bytes(random.Next(900))))));

    private static Operation Write(int id, ItemAction action) =>
        new() { Id = id, Kind = OperationKind.Write, Table = action.Table, Actions = [action] };

    /// <summary>A put, a deletion and a check, in two tables.</summary>
    private Operation Mixed(int id, string table)
    {
        var first = random.Next(Sorts);
        var second = (first + 1 + random.Next(Sorts - 1)) % Sorts;
        var partition = random.Next(Partitions);
        return new Operation
        {
            Id = id,
            Kind = OperationKind.Transaction,
            Actions =
            [
                Put(id, table, Demand.None, partition, first),
                new ItemAction(ActionKind.Delete, table, ThingKey(partition, second), Demand.None),
                new ItemAction(ActionKind.Check, Accounts, AccountKey(0), random.Next(6) == 0 ? Demand.Absent : Demand.Exists),
            ],
        };
    }

    private Demand AnyDemand() => random.Next(3) switch { 0 => Demand.Exists, 1 => Demand.Absent, _ => Demand.None };

    private Item Key() => ThingKey(random.Next(Partitions), random.Next(Sorts));

    private ItemAction Put(int id, string table, Demand demand) => Put(id, table, demand, random.Next(Partitions), random.Next(Sorts));

    private ItemAction Put(int id, string table, Demand demand, int partition, int sort)
    {
        var members = new List<(string, AttributeValue)> { ("P", $"p{partition}"), ("S", sort), ("O", id) };
        if (random.Next(4) > 0)
        {
            members.Add(("G", $"g{random.Next(3)}"));
        }

        if (random.Next(4) > 0)
        {
            members.Add(("N", random.Next(100)));
        }

        if (time is not null && random.Next(3) > 0)
        {
            members.Add((Expiry, random.Next(8) == 0 ? "never" : ExpirySeconds()));
        }

        if (random.Next(3) > 0)
        {
            members.Add(("M", new[] { (byte)random.Next(4), (byte)0, (byte)random.Next(256) }));
        }

        if (random.Next(LargeItemOdds) == 0)
        {
            members.Add(("V", Bytes(random.Next(1000, 4000))));
        }
        else if (random.Next(2) == 0)
        {
            members.Add(("V", Bytes(random.Next(1, 200))));
        }

        return new ItemAction(ActionKind.Put, table, ThingKey(partition, sort), demand, Item.Of([.. members]));
    }

    private long ExpirySeconds() => time!.GetUtcNow().ToUnixTimeSeconds() + random.Next(-ExpiredSecondsMax, ExpirySecondsMax);

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
