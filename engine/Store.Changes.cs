using System.Runtime.CompilerServices;
using Storage.Engine.Model;

namespace Storage.Engine;

public sealed partial class Store
{
    /// <summary>
    /// The changes of a table with a stream, in order, from a position on; waits for new ones and never ends by itself.
    /// A slow reader holds no writer.
    /// </summary>
    /// <param name="table">The table's name.</param>
    /// <param name="after">The changes behind this position; null: those from now on; default: all that are kept.</param>
    /// <param name="cancellation">Ends the sequence by an exception.</param>
    /// <exception cref="DynamoDbException">
    /// ResourceNotFoundException; ValidationException when the table has no stream; TrimmedDataAccessException when changes
    /// behind the position are no longer kept.
    /// </exception>
    public IAsyncEnumerable<ItemChange> ReadChangesAsync(
        string table, ChangePosition? after, CancellationToken cancellation = default) => throw new NotImplementedException();
}
