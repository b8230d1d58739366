using Storage.Engine;
using Storage.Engine.Model;

namespace Storage.Simulation.Workload;

/// <summary>The tables that workloads use.</summary>
internal static class WorkloadTables
{
    internal const string Accounts = "Accounts";
    internal const string Things = "Things";
    internal const string Extra = "Extra";

    /// <summary>The attribute that says when an item expires.</summary>
    internal const string Expiry = "E";

    internal const int AccountCount = 4;
    internal const int StartBalance = 100;

    /// <summary>An account: a name and a balance.</summary>
    internal static TableDefinition AccountsTable { get; } = new()
    {
        Name = Accounts,
        Key = new KeySchema(new KeyAttribute("P", AttributeType.S)),
    };

    /// <summary>Things have groups, by which a global index orders them, and marks, by which a local one does.</summary>
    internal static TableDefinition ThingsTable { get; } = new()
    {
        Name = Things,
        Key = new KeySchema(new KeyAttribute("P", AttributeType.S), new KeyAttribute("S", AttributeType.N)),
        Indexes =
        [
            new IndexDefinition
            {
                Name = "ByMark",
                IsLocal = true,
                Key = new KeySchema(new KeyAttribute("P", AttributeType.S), new KeyAttribute("M", AttributeType.B)),
                Projection = ProjectionType.Include,
                NonKeyAttributes = ["N"],
            },
            new IndexDefinition
            {
                Name = "ByGroup",
                Key = new KeySchema(new KeyAttribute("G", AttributeType.S), new KeyAttribute("N", AttributeType.N)),
            },
        ],
    };

    /// <summary>A table that comes and goes.</summary>
    internal static TableDefinition ExtraTable { get; } = ThingsTable with { Name = Extra, Indexes = [] };

    /// <summary>
    /// The same with or without a stream, whose past changes must be kept when the log is trimmed, and with or without
    /// items that expire.
    /// </summary>
    internal static TableDefinition With(TableDefinition table, bool stream, bool expiry) => table with
    {
        Stream = stream ? StreamViewType.NewAndOldImages : null,
        TimeToLive = expiry ? Expiry : null,
    };

    /// <summary>An index that is added while there are items.</summary>
    internal static IndexDefinition AddedIndex { get; } = new()
    {
        Name = "ByGroupOnly",
        Key = new KeySchema(new KeyAttribute("G", AttributeType.S)),
        Projection = ProjectionType.KeysOnly,
    };

    internal static string AccountName(int number) => $"account-{number}";

    internal static Item AccountKey(int number) => Item.Of(("P", AccountName(number)));

    internal static Item ThingKey(int partition, int sort) => Item.Of(("P", $"p{partition}"), ("S", sort));
}
