using Storage.Engine;
using Storage.Engine.Model;
using Storage.Engine.Partitions;
using Storage.Engine.Streams;

namespace Storage.Tests.Streams;

/// <summary>Reads a table's changes page by page and tells them as text.</summary>
internal sealed class FeedReader(uint tableId, ChangePosition after = default, uint? partitionId = null, int changesMax = 100)
{
    /// <summary>Far more pages than any test has: a reader that does not get on fails.</summary>
    private const int PagesMax = 100_000;

    internal ChangePosition Position { get; private set; } = after;

    internal bool HasMissed { get; private set; }

    internal List<StreamChange> Changes { get; } = [];

    internal IEnumerable<string> Texts => Changes.Select(Text);

    internal static FeedReader Of(Engine.Store store, string table, ChangePosition after = default, int changesMax = 100) =>
        new(IdOf(store, table), after, null, changesMax);

    internal static uint IdOf(Engine.Store store, string table) => store.Database.Catalog.Find(table)!.Stored.Id;

    /// <summary>All changes of a table that are kept, as text.</summary>
    internal static async Task<List<string>> AllAsync(Engine.Store store, string table, int changesMax = 100)
    {
        var reader = Of(store, table, default, changesMax);
        await reader.ToEndAsync(store.Changes);
        return [.. reader.Texts];
    }

    internal async Task<StreamPage> PageAsync(ChangeFeed feed)
    {
        var page = await feed.ReadAsync(tableId, partitionId, Position, changesMax, 1024 * 1024, default);
        Xunit.Assert.InRange(page.Changes.Count, 0, changesMax);
        Xunit.Assert.True(page.Next >= Position);
        Changes.AddRange(page.Changes);
        HasMissed |= page.HasMissed;
        Position = page.Next;
        return page;
    }

    internal async Task ToEndAsync(ChangeFeed feed)
    {
        for (var pages = 0; !(await PageAsync(feed)).IsAtEnd; pages++)
        {
            Xunit.Assert.True(pages < PagesMax, $"Still not at the end: {Position}.");
        }
    }

    internal static string Text(StreamChange change)
    {
        var kind = change.NewImage.IsEmpty ? "REMOVE" : (change.Flags & ChangeFlags.Existed) != 0 ? "MODIFY" : "INSERT";
        return $"{kind} {Of(change.OldImage)} -> {Of(change.NewImage)}";
    }

    internal static string Text(string kind, Item? before, Item? after) => $"{kind} {before?.ToString() ?? "-"} -> {after?.ToString() ?? "-"}";

    private static string Of(ReadOnlyMemory<byte> image) => image.IsEmpty ? "-" : new Item(image).ToString();
}
