using Storage.Engine;
using Storage.Engine.Model;

namespace Storage.Simulation.Workload;

/// <summary>The tables that workloads use.</summary>
internal static class WorkloadTables
{
    internal const string Accounts = "Accounts";
    internal const string Things = "Things";
    internal const string Extra = "Extra";

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

    /// <summary>The same with a stream, so that its past changes must be kept when the log is trimmed.</summary>
    internal static TableDefinition StreamedThingsTable { get; } = ThingsTable with { Stream = StreamViewType.NewAndOldImages };

    /// <summary>A table that comes and goes.</summary>
    internal static TableDefinition ExtraTable { get; } = ThingsTable with { Name = Extra, Indexes = [] };

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
