using Storage.Engine;

namespace Storage.Simulation.Workload;

/// <summary>What an action does to its item.</summary>
internal enum ActionKind : byte
{
    /// <summary>Writes the whole item.</summary>
    Put,

    /// <summary>SET N = if_not_exists(N, 0) + amount.</summary>
    Add,

    /// <summary>REMOVE G: the item leaves the indexes on G.</summary>
    Ungroup,

    /// <summary>SET E = amount: the item expires at another time.</summary>
    Defer,

    /// <summary>Deletes the item.</summary>
    Delete,

    /// <summary>A condition without a change, in transactions.</summary>
    Check,
}

/// <summary>What an action asks of the item as it is.</summary>
internal enum Demand : byte
{
    None,
    Absent,
    Exists,

    /// <summary>N is at least what the action takes away.</summary>
    Covers,
}

/// <summary>
/// One action on one item, twice: as what the store is asked to do, and, plainly, as what that means. Whatever writes an
/// item leaves the operation's number in its attribute O.
/// </summary>
/// <param name="Kind">What is done.</param>
/// <param name="Table">To an item of which table.</param>
/// <param name="Key">To which item.</param>
/// <param name="Demand">The condition.</param>
/// <param name="Item">The new item of a put, O included.</param>
/// <param name="Amount">What is added; of a deferral, the second in which the item expires.</param>
internal sealed record ItemAction(ActionKind Kind, string Table, Item Key, Demand Demand, Item? Item = null, long Amount = 0)
{
    private static readonly Dictionary<string, string> Names = new() { ["#p"] = "P" };

    /// <summary>What the store is asked to do.</summary>
    internal TransactAction ToStore(int operation)
    {
        var options = Options(operation);
        return Kind switch
        {
            ActionKind.Put => TransactAction.Put(Table, Item!, options),
            ActionKind.Add => TransactAction.Update(Table, Key, "SET N = if_not_exists(N, :zero) + :n, O = :o", options),
            ActionKind.Ungroup => TransactAction.Update(Table, Key, "REMOVE G SET O = :o", options),
            ActionKind.Defer => TransactAction.Update(Table, Key, "SET E = :e, O = :o", options),
            ActionKind.Delete => TransactAction.Delete(Table, Key, options),
            _ => TransactAction.Check(Table, Key, options),
        };
    }

    /// <summary>True when the item as it is meets the demand.</summary>
    internal bool IsMet(Item? old) => Demand switch
    {
        Demand.Absent => old is null,
        Demand.Exists => old is not null,
        Demand.Covers => old is not null && old.TryGetValue("N", out var has) && has.AsInt64() >= -Amount,
        _ => true,
    };

    /// <summary>The item afterwards; null when there is none.</summary>
    internal Item? After(Item? old, int operation) => Kind switch
    {
        ActionKind.Put => Item,
        ActionKind.Delete => null,
        ActionKind.Add => With(old, operation, members => members["N"] =
            (old is not null && old.TryGetValue("N", out var has) ? has.AsInt64() : 0) + Amount),
        ActionKind.Ungroup => With(old, operation, members => members.Remove("G")),
        ActionKind.Defer => With(old, operation, members => members[WorkloadTables.Expiry] = Amount),
        _ => old,
    };

    private WriteOptions Options(int operation)
    {
        var values = new List<(string, AttributeValue)>();
        if (Kind is ActionKind.Add or ActionKind.Ungroup or ActionKind.Defer)
        {
            values.Add((":o", operation));
        }

        if (Kind == ActionKind.Add)
        {
            values.Add((":n", Amount));
            values.Add((":zero", 0));
        }

        if (Kind == ActionKind.Defer)
        {
            values.Add((":e", Amount));
        }

        if (Demand == Demand.Covers)
        {
            values.Add((":least", -Amount));
        }

        return new WriteOptions
        {
            Condition = Demand switch
            {
                Demand.Absent => "attribute_not_exists(#p)",
                Demand.Exists => "attribute_exists(#p)",
                Demand.Covers => "N >= :least",
                _ => null,
            },
            Names = Demand is Demand.Absent or Demand.Exists ? Names : null,
            ReturnOld = Kind == ActionKind.Delete,
            Values = values.Count == 0 ? null : Engine.Item.Of([.. values]),
        };
    }

    private Item With(Item? old, int operation, Action<SortedDictionary<string, AttributeValue>> change)
    {
        var members = new SortedDictionary<string, AttributeValue>(StringComparer.Ordinal);
        foreach (var (name, value) in old ?? Key)
        {
            members[name] = value;
        }

        members["O"] = operation;
        change(members);
        return Engine.Item.Of([.. members.Select(member => (member.Key, member.Value))]);
    }
}
