namespace Storage.Engine.Tables;

/// <summary>
/// What a table is now. A definition changes only under the writers of all the table's partitions, so whoever holds
/// one of them can trust <see cref="Current"/>; null once the table is deleted.
/// </summary>
internal sealed class TableHandle
{
    private volatile Table? current;

    internal Table? Current
    {
        get => current;
        set => current = value;
    }
}
