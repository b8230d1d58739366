namespace Storage.Engine.Partitions;

/// <summary>Entries in key order; their values lie in the arena.</summary>
internal sealed class Leaf : Node
{
    private const int HandleAndLengthBytes = sizeof(ulong);

    // Object header, fields and the header of the array of keys.
    private const int ObjectBytes = 112;

    internal Leaf() => Keys = SlottedKeys.Empty(HandleAndLengthBytes);

    /// <summary>The last LSN that changed a key in this leaf's range, through removals, splits and merges.</summary>
    internal long Lsn;

    internal Leaf? Previous;

    internal Leaf? Next;

    /// <summary>Index of the latest insertion, and how many in a row came right behind each other.</summary>
    internal int InsertedAt = -1;

    internal int AscendingRun;

    internal override int UsedBytes => Keys.Capacity + ObjectBytes;

    internal static SlottedKeys NewKeys(ReadOnlySpan<byte> prefix, int bytesWanted) =>
        SlottedKeys.Create(prefix, bytesWanted, HandleAndLengthBytes);

    internal static ulong Payload(uint handle, int length) => ((ulong)(uint)length << 32) | handle;

    internal ReadOnlySpan<byte> Value(int index, ValueArena arena)
    {
        var payload = Keys.Payload(index);
        return arena.Read((uint)payload, (int)(payload >> 32));
    }

    internal void Changed(long lsn) => Lsn = Math.Max(Lsn, lsn);

    internal void CountInsertion(int index)
    {
        AscendingRun = index == InsertedAt + 1 ? AscendingRun + 1 : 0;
        InsertedAt = index;
    }
}
