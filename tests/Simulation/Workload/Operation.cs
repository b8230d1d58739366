using Storage.Engine;
using Storage.Engine.Model;

namespace Storage.Simulation.Workload;

/// <summary>What an operation is.</summary>
internal enum OperationKind : byte
{
    /// <summary>One item is written.</summary>
    Write,

    /// <summary>Several, all or none.</summary>
    Transaction,

    /// <summary>One item is read.</summary>
    Get,

    /// <summary>Several, as they were at one moment.</summary>
    TransactGet,

    CreateTable,
    DeleteTable,
    AddIndex,
    RemoveIndex,

    /// <summary>A table's stream is switched on or off.</summary>
    SetStream,

    /// <summary>A table's time to live is switched on or off.</summary>
    SetTimeToLive,
}

/// <summary>What a store answered.</summary>
internal enum Answer : byte
{
    /// <summary>Nothing, or that it failed: the operation may have happened or not.</summary>
    None,

    /// <summary>Done.</summary>
    Accepted,

    /// <summary>A condition did not hold; nothing was done.</summary>
    Refused,
}

/// <summary>One call of a workload and what came of it.</summary>
internal sealed class Operation
{
    internal required int Id { get; init; }

    internal required OperationKind Kind { get; init; }

    internal IReadOnlyList<ItemAction> Actions { get; init; } = [];

    /// <summary>Makes a transaction idempotent; null without.</summary>
    internal string? Token { get; init; }

    /// <summary>The operation this one repeats with the same token, or 0.</summary>
    internal int Repeats { get; init; }

    internal string Table { get; init; } = "";

    internal TableDefinition? Definition { get; init; }

    internal IndexDefinition? Index { get; init; }

    /// <summary>What <see cref="OperationKind.SetStream"/> sets.</summary>
    internal StreamViewType? Stream { get; init; }

    /// <summary>What <see cref="OperationKind.SetTimeToLive"/> sets.</summary>
    internal string? TimeToLive { get; init; }

    /// <summary>When it was given to the store.</summary>
    internal DateTimeOffset Time { get; set; }

    internal Answer Answer { get; set; }

    /// <summary>Why there was no answer, where the store said.</summary>
    internal Exception? Failure { get; set; }

    /// <summary>What a read found, in the order of the actions; what a deletion deleted.</summary>
    internal IReadOnlyList<Item?> Found { get; set; } = [];

    /// <summary>The record that did it, as found in the log; 0 when there is none.</summary>
    internal long Lsn { get; set; }

    public override string ToString() =>
        $"{Id} {Kind} {Table} {string.Join("; ", Actions.Select(action => $"{action.Kind} {action.Table} {action.Key} if {action.Demand} {action.Amount}"))} -> {Answer} (record {Lsn})";
}
