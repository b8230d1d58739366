using Storage.Engine.Encoding;
using Storage.Engine.Expressions;
using Storage.Engine.Model;

namespace Storage.Engine.Tables;

/// <summary>What a write does to its item.</summary>
internal enum WriteKind
{
    Put,
    Update,
    Delete,

    /// <summary>A transaction's ConditionCheck: reads, changes nothing.</summary>
    Check,

    /// <summary>Deletes an item that has expired; see <see cref="ItemWrite.ExpiresFromSeconds"/>.</summary>
    Expire,
}

/// <summary>What became of a write.</summary>
internal enum WriteResult
{
    /// <summary>The item changed.</summary>
    Written,

    /// <summary>The condition held and the item is what it was: no record, the answer still waits for what it saw.</summary>
    Unchanged,

    /// <summary>The condition did not hold.</summary>
    Refused,

    /// <summary>The update cannot be applied to this item: see <see cref="ItemWrite.Fault"/>.</summary>
    Invalid,
}

/// <summary>One item's intended change, and after the commit what became of it. Reusable; not shared between threads.</summary>
internal sealed class ItemWrite : IDisposable
{
    internal Table Table { get; set; } = null!;

    internal WriteKind Kind { get; set; }

    /// <summary>The item's key, made by <see cref="Table.TryBuildKey"/>.</summary>
    internal KeyBuffer Key { get; } = new();

    /// <summary>Put: the whole item. Otherwise a Map of just the key attributes. Valid until the write is answered.</summary>
    internal ReadOnlyMemory<byte> Item { get; set; }

    /// <summary>The update; the default one creates the bare item when absent and changes nothing else.</summary>
    internal BoundUpdate Update { get; set; }

    /// <summary>The condition; the default one holds for every item. Its placeholders live until the write is answered.</summary>
    internal BoundCondition Condition { get; set; }

    /// <summary>Update: an absent item stays absent, and that is success.</summary>
    internal bool LeavesAbsent { get; set; }

    /// <summary>Expire: the item goes only if it expires in that second or behind it, seconds since 1970.</summary>
    internal long ExpiresFromSeconds { get; set; }

    /// <summary>Expire: and not behind this second.</summary>
    internal long ExpiresToSeconds { get; set; }

    /// <summary>Asks for <see cref="Old"/> when the write succeeds.</summary>
    internal bool WantsOld { get; set; }

    /// <summary>Asks for <see cref="Old"/> when the condition refuses.</summary>
    internal bool WantsOldWhenRefused { get; set; }

    internal WriteResult Result { get; set; }

    /// <summary>The DynamoDB refusal of an update that does not fit its item; thrown for single writes.</summary>
    internal DynamoDbException? Fault { get; set; }

    /// <summary>The item before (a Map), when asked for and present; else empty.</summary>
    internal ValueWriter Old { get; } = ValueWriter.Rent();

    /// <summary>The item after an update (a Map).</summary>
    internal ValueWriter New { get; } = ValueWriter.Rent();

    /// <summary>DynamoDB's size of the item before, 0 when absent.</summary>
    internal int OldSizeBytes { get; set; }

    /// <summary>DynamoDB's size of the item after, 0 when absent.</summary>
    internal int NewSizeBytes { get; set; }

    /// <summary>Write units taken by each index, in the order of <see cref="Table.Indexes"/>.</summary>
    internal int[] IndexWriteUnits { get; set; } = [];

    /// <summary>When the item expires for which the write adds an entry of the expiry index; 0 when it adds none.</summary>
    internal long AddedExpirySeconds { get; set; }

    public void Dispose()
    {
        Old.Dispose();
        New.Dispose();
    }
}
