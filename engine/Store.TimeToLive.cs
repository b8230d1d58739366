using Storage.Engine.Model;

namespace Storage.Engine;

/// <content>Time to live: items that remove themselves.</content>
public sealed partial class Store
{
    /// <summary>
    /// Names the attribute that says when an item of a table expires, a Number of seconds since 1970-01-01 UTC, or
    /// switches time to live off. What was there before is found in the background. Expired items are removed about a
    /// second after (<see cref="StoreOptions.ExpirySweepPeriod"/>) and visible until then; those that expired more than
    /// five years ago are left alone.
    /// </summary>
    /// <param name="table">The table's name.</param>
    /// <param name="attribute">1 to 255 bytes of UTF-8; null switches time to live off.</param>
    /// <param name="cancellation">Ends the wait; the change may be made all the same.</param>
    /// <exception cref="DynamoDbException">ResourceNotFoundException; ValidationException for a wrong name.</exception>
    public async ValueTask UpdateTimeToLiveAsync(string table, string? attribute, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(table);
        await Database.UpdateTimeToLiveAsync(table, _ => attribute, cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// Removes now what has expired by the store's clock, in all tables; none in a table whose time to live is still being
    /// switched on.
    /// </summary>
    /// <returns>How many items were removed.</returns>
    /// <exception cref="IOException">The store does not accept writes.</exception>
    public async ValueTask<long> SweepExpiredAsync(CancellationToken cancellation = default) =>
        await Database.Sweep.RunAsync(cancellation).ConfigureAwait(false);
}
