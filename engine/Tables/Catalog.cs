using Storage.Engine.Model;

namespace Storage.Engine.Tables;

/// <summary>The tables of a store by name. Definitions are items of a system table and change by records like any item.</summary>
internal sealed class Catalog
{
    /// <summary>LSN of the last change; an answer that shows a table's absence waits for it.</summary>
    internal long Lsn => throw new NotImplementedException();

    /// <summary>Finds a table by the UTF-8 of its name (not an ARN); null when there is none.</summary>
    internal Table? Find(ReadOnlySpan<byte> nameUtf8) => throw new NotImplementedException();

    /// <summary>Names in ordinal order, those behind <paramref name="after"/>, at most <paramref name="limit"/>.</summary>
    internal IReadOnlyList<string> Names(string? after, int limit) => throw new NotImplementedException();

    /// <summary>Creates a table, durable when the answer comes. ResourceInUseException when the name is taken.</summary>
    internal ValueTask<Table> CreateAsync(TableDefinition definition, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Deletes a table and returns what it was. ResourceNotFoundException, or ValidationException when protected.</summary>
    internal ValueTask<Table> DeleteAsync(string name, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>
    /// Changes a table. An added index is CREATING and filled in the background; it becomes ACTIVE once durable.
    /// ResourceNotFoundException; ResourceInUseException while an index is being created; ValidationException.
    /// </summary>
    internal ValueTask<Table> UpdateAsync(string name, TableChange change, CancellationToken cancellation) => throw new NotImplementedException();
}
