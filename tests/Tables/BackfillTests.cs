using Storage.Engine;
using Storage.Engine.Model;
using Storage.Engine.Tables;
using Xunit;

namespace Storage.Tests.Tables;

/// <summary>Indexes that are filled from the items that were there before them, while writers go on.</summary>
public sealed class BackfillTests : IAsyncLifetime
{
    private OpenedStore opened = null!;

    private Engine.Store Store => opened.Store;

    public async Task InitializeAsync()
    {
        opened = OpenedStore.Empty();
        await Store.CreateTableAsync(OpenedStore.Definition("TableT"));
    }

    public async Task DisposeAsync() => await opened.DisposeAsync();

    /// <summary>An item that violates the index key is left out of the index. Developer Guide, index key violations.</summary>
    [Fact]
    public async Task Items_that_no_index_key_can_be_made_of_are_left_out()
    {
        await PutAsync("none", null);
        await PutAsync("number", 7);
        await PutAsync("empty", "");
        await PutAsync("longest", new string('x', 2048));
        await PutAsync("too long", new string('x', 2049));
        await PutAsync("beyond two bytes of length", new string('x', 70_000));
        await PutAsync("good", "g");

        await AddIndexAsync(OpenedStore.Index("ByG", "G"));

        Assert.Null(Store.WritesStoppedBecause);
        Assert.Equal(["good", "longest"], await SortKeysAsync("ByG"));
        Assert.Equal(2, Index.ItemCount);
        Assert.Equal(StateText.Of(opened.State), StateText.Of(opened.Log.Replay()));
    }

    [Fact]
    public async Task An_entry_replaced_before_it_was_filled_in_counts_its_size_once()
    {
        await Store.PutAsync("TableT", Item.Of(("P", "p"), ("S", "s"), ("G", "g"), ("N", "before")));
        opened.Log.HoldRoomAfter(1); // the change of the table
        var table = await StartIndexAsync();
        await Store.PutAsync("TableT", Item.Of(("P", "p"), ("S", "s"), ("G", "g"), ("N", "after")));
        opened.Log.ReleaseRoom();
        await opened.Database.WaitForBackfillsAsync(table, default);

        Assert.True(Index.IsActive);
        Assert.Equal(1, Index.ItemCount);
        Assert.Equal((await Store.GetAsync("TableT", OpenedStore.Key("p", "s")))!.SizeBytes, Index.SizeBytes);
        await Store.DeleteAsync("TableT", OpenedStore.Key("p", "s"));
        Assert.Equal(0, Index.SizeBytes);
        Assert.Equal(StateText.Of(opened.State), StateText.Of(opened.Log.Replay()));
    }

    [Fact]
    public async Task An_index_being_filled_when_the_store_closed_is_filled_when_it_opens_again()
    {
        for (var i = 0; i < 200; i++)
        {
            await PutAsync($"{i}", "g");
        }

        opened.Log.HoldRoomAfter(1);
        await StartIndexAsync();
        await Store.DisposeAsync();
        await Store.DisposeAsync();
        Assert.False(Index.IsActive);
        opened.Log.ReleaseRoom();

        await using var reopened = opened.Reopen();
        await reopened.Database.WaitForBackfillsAsync(reopened.Table("TableT"), default);

        Assert.True(reopened.Table("TableT").Indexes[0].IsActive);
        Assert.Equal(200, reopened.Table("TableT").Indexes[0].ItemCount);
    }

    [Fact]
    public async Task A_table_or_index_being_filled_cannot_be_removed_and_the_index_not_be_read()
    {
        await PutAsync("s", "g");
        var removal = new TableChange { RemoveIndex = "ByG" };
        opened.Log.Hold(); // a backfill begins once the index itself is durable
        var start = StartIndexAsync().AsTask();

        var delete = Store.DeleteTableAsync("TableT").AsTask();
        var remove = opened.Database.UpdateTableAsync("TableT", removal, default).AsTask();
        var read = SortKeysAsync("ByG");
        Assert.DoesNotContain(new Task[] { start, delete, remove, read }, task => task.IsCompleted);
        opened.Log.Release();

        Assert.Equal("ResourceInUseException", (await Assert.ThrowsAsync<DynamoDbException>(() => delete)).ErrorType);
        Assert.Equal("ResourceInUseException", (await Assert.ThrowsAsync<DynamoDbException>(() => remove)).ErrorType);
        var refused = await Assert.ThrowsAsync<DynamoDbException>(() => read);
        Assert.Equal("Cannot read from backfilling global secondary index: ByG", refused.Message);
        await opened.Database.WaitForBackfillsAsync(await start, default);
        await opened.Database.UpdateTableAsync("TableT", removal, default);
        Assert.Equal(StateText.Of(opened.State), StateText.Of(opened.Log.Replay()));
    }

    [Fact]
    public async Task Writers_and_a_backfill_at_once_leave_the_index_as_the_items_say()
    {
        for (var i = 0; i < 300; i++)
        {
            await PutAsync($"{i}", $"g{i % 3}");
        }

        var table = await StartIndexAsync();
        await Task.WhenAll(Enumerable.Range(0, 2).Select(worker => Task.Run(async () =>
        {
            for (var i = worker; i < 300; i += 2)
            {
                await ((i % 5) switch
                {
                    0 => Store.DeleteAsync("TableT", OpenedStore.Key("p", $"{i}")).AsTask(),
                    1 => PutAsync($"{i}", "moved"),
                    2 => PutAsync($"{i}", null),
                    3 => PutAsync($"new {i}", "g1"),
                    _ => Task.CompletedTask,
                });
            }
        })));
        await opened.Database.WaitForBackfillsAsync(table, default);

        var expected = await SortKeysAsync(null, "attribute_exists(G)");
        Assert.Equal(expected, await SortKeysAsync("ByG"));
        Assert.Equal(expected.Count, Index.ItemCount);
        Assert.Equal((await ScanAsync("ByG")).Sum(item => item.SizeBytes), Index.SizeBytes);
    }

    [Theory]
    [InlineData(ProjectionType.KeysOnly)]
    [InlineData(ProjectionType.Include)]
    public async Task A_change_of_what_an_index_does_not_hold_leaves_its_entry_alone(ProjectionType projection)
    {
        var index = OpenedStore.Index("ByG", "G", projection);
        await AddIndexAsync(projection == ProjectionType.Include ? index with { NonKeyAttributes = ["In"] } : index);
        await Store.PutAsync("TableT", Item.Of(("P", "p"), ("S", "s"), ("G", "g"), ("In", 1), ("Out", 1)));
        await Store.PutAsync("TableT", Item.Of(("P", "p"), ("S", "s"), ("G", "g"), ("In", 1), ("Out", 22)));

        var expected = projection == ProjectionType.Include
            ? Item.Of(("P", "p"), ("S", "s"), ("G", "g"), ("In", 1))
            : Item.Of(("P", "p"), ("S", "s"), ("G", "g"));
        Assert.Equal([expected], await ScanAsync("ByG"));
        Assert.Equal(expected.SizeBytes, Index.SizeBytes);
    }

    private SecondaryIndex Index => opened.Table("TableT").Indexes[0];

    private async Task PutAsync(string sort, AttributeValue? group) => await Store.PutAsync(
        "TableT", group is { } value ? Item.Of(("P", "p"), ("S", sort), ("G", value)) : OpenedStore.Key("p", sort));

    private ValueTask<Table> StartIndexAsync() => opened.Database.UpdateTableAsync(
        "TableT", new TableChange { AddIndex = OpenedStore.Index("ByG", "G") }, default);

    private async Task AddIndexAsync(IndexDefinition index)
    {
        var table = await opened.Database.UpdateTableAsync("TableT", new TableChange { AddIndex = index }, default);
        await opened.Database.WaitForBackfillsAsync(table, default);
    }

    private async Task<List<string>> SortKeysAsync(string? index, string? filter = null)
    {
        var keys = (await ScanAsync(index, filter)).ConvertAll(item => item["S"].AsString());
        keys.Sort(StringComparer.Ordinal);
        return keys;
    }

    private async Task<List<Item>> ScanAsync(string? index, string? filter = null)
    {
        var items = new List<Item>();
        await foreach (var item in Store.ScanAsync("TableT", new ScanOptions { Index = index, Filter = filter }))
        {
            items.Add(item);
        }

        return items;
    }
}
