using Storage.Engine;

namespace Storage.Server.Lambda.Functions;

/// <summary>
/// One change of a function in the making: what it read and what it will write. Its code may run again when another
/// change came first, so it only reads and collects.
/// </summary>
internal sealed class FunctionChange(FunctionTable table, StoredFunction before)
{
    private readonly List<TransactAction> parts = [];

    /// <summary>$LATEST as read; settled.</summary>
    internal StoredFunction Before => before;

    /// <summary>$LATEST as it will be; null while it stays as it is.</summary>
    internal StoredFunction? After { get; set; }

    /// <summary>Whether anything is to be written.</summary>
    internal bool IsEmpty => After is null && parts.Count == 0;

    /// <summary>Writes and deletes of the function's other items.</summary>
    internal IReadOnlyList<TransactAction> Parts => parts;

    internal ValueTask<Item?> ReadAsync(string sk, CancellationToken cancellation) =>
        table.ReadAsync(before.Version.Name, sk, cancellation);

    /// <summary>A published version, or null.</summary>
    internal ValueTask<StoredFunction?> ReadVersionAsync(string number, CancellationToken cancellation) =>
        table.ReadVersionAsync(before.Version.Name, number, cancellation);

    internal IAsyncEnumerable<Item> ReadAllAsync(string skPrefix, CancellationToken cancellation) =>
        table.ReadAllAsync(before.Version.Name, skPrefix, null, cancellation);

    internal void Put(Item item) => parts.Add(TransactAction.Put(FunctionKeys.Table, item));

    internal void Delete(string sk) =>
        parts.Add(TransactAction.Delete(FunctionKeys.Table, FunctionKeys.Of(before.Version.Name, sk)));

    /// <summary>Publishes <paramref name="latest"/> as the next version.</summary>
    internal StoredFunction Publish(StoredFunction latest, string? description, DateTimeOffset now)
    {
        var number = latest.LastPublished + 1;
        var version = latest with
        {
            Version = latest.Version with
            {
                Version = number.ToString(System.Globalization.CultureInfo.InvariantCulture),
                Description = description ?? latest.Version.Description,
                RevisionId = FunctionTable.NewRevisionId(),
                LastModified = now,
            },
            LastPublished = 0,
            UnsettledVersion = 0,
            Update = UpdateStatus.Successful,
            SourceDescription = latest.Version.Description,
            Stamp = string.Empty,
        };
        Put(FunctionItem.Write(version));
        After = latest with { LastPublished = number, UnsettledVersion = latest.IsSettled ? latest.UnsettledVersion : number };
        return version;
    }
}
