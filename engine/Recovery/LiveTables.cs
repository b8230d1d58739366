using System.Buffers.Binary;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>
/// Which tables and indexes there were at a checkpoint: entries of others die in merges. Ids ascend and are never used
/// again, so an id from <paramref name="nextId"/> on was not there yet and is not dead.
/// </summary>
/// <param name="ids">Ids of tables and indexes, the system's included.</param>
/// <param name="nextId">The next id that was free.</param>
internal sealed class LiveTables(IReadOnlySet<uint> ids, uint nextId)
{
    internal static LiveTables Of(DatabaseState state) =>
        new(state.Directory.Maps().Select(map => map.Id).ToHashSet(), state.Catalog.NextId);

    /// <summary>True for an entry of a table or index that was gone.</summary>
    internal bool IsDead(ReadOnlySpan<byte> key)
    {
        var id = BinaryPrimitives.ReadUInt32BigEndian(key);
        if (id == SystemTables.PartitionStatesId)
        {
            id = BinaryPrimitives.ReadUInt32BigEndian(key[sizeof(uint)..]);
        }

        return id < nextId && !ids.Contains(id);
    }
}
