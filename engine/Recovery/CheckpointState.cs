using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>What a store's catalog was at a checkpoint, before the log's tail changed it.</summary>
/// <param name="Tables">The tables and indexes.</param>
/// <param name="StreamTables">Ids of tables with a stream.</param>
internal sealed record CheckpointState(LiveTables Tables, IReadOnlyList<uint> StreamTables)
{
    internal static CheckpointState Of(DatabaseState state) => new(
        LiveTables.Of(state),
        [.. state.Catalog.All.Where(table => table.Definition.Stream is not null).Select(table => table.Stored.Id)]);
}
