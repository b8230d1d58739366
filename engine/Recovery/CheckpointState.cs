using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>What a store's catalog was at a checkpoint, before the log's tail changed it.</summary>
/// <param name="LiveIds">Ids of tables and indexes, the system's included.</param>
/// <param name="StreamTables">Ids of tables with a stream.</param>
internal sealed record CheckpointState(IReadOnlySet<uint> LiveIds, IReadOnlyList<uint> StreamTables)
{
    internal static CheckpointState Of(DatabaseState state) => new(
        state.Directory.Maps().Select(map => map.Id).ToHashSet(),
        [.. state.Catalog.All.Where(table => table.Definition.Stream is not null).Select(table => table.Stored.Id)]);
}
