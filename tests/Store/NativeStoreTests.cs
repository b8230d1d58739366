using Storage.Engine;
using Storage.Engine.Model;
using Xunit;

namespace Storage.Tests.Store;

/// <summary>The embedded store through its own types, in memory.</summary>
public sealed class NativeStoreTests : IAsyncLifetime
{
    private Engine.Store store = null!;

    public async Task InitializeAsync()
    {
        store = await Engine.Store.OpenAsync(new StoreOptions { Seed = 1 });
        await store.CreateTableAsync(new TableDefinition
        {
            Name = "Music",
            Key = new KeySchema(new KeyAttribute("Artist", AttributeType.S), new KeyAttribute("Song", AttributeType.S)),
        });
    }

    public async Task DisposeAsync() => await store.DisposeAsync();

    [Fact]
    public async Task An_item_that_was_put_is_read_back_with_every_type()
    {
        var item = Item.Of(
            ("Artist", "Nina"),
            ("Song", "Sinnerman"),
            ("Seconds", 622),
            ("Live", true),
            ("Nothing", AttributeValue.Null),
            ("Cover", new byte[] { 1, 2, 3 }),
            ("Tags", AttributeValue.StringSet("gospel", "jazz")),
            ("Years", AttributeValue.NumberSet("1965", "2003")),
            ("Parts", AttributeValue.List(1, "two", false)),
            ("More", AttributeValue.Map(Item.Of(("Label", "Philips")))));

        Assert.True((await store.PutAsync("Music", item)).Accepted);

        var read = await store.GetAsync("Music", Item.Of(("Artist", "Nina"), ("Song", "Sinnerman")));
        Assert.Equal(item, read);
        Assert.Equal(622, read!["Seconds"].AsInt64());
        Assert.Equal("Philips", read["More"].AsMap()["Label"].AsString());
        Assert.Equal("two", read["Parts"].AsList()[1].AsString());
    }

    [Fact]
    public async Task A_refused_condition_is_an_answer_that_gives_the_old_item()
    {
        var item = Item.Of(("Artist", "Nina"), ("Song", "Sinnerman"), ("Plays", 1));
        await store.PutAsync("Music", item);

        var outcome = await store.PutAsync(
            "Music",
            Item.Of(("Artist", "Nina"), ("Song", "Sinnerman")),
            new WriteOptions { Condition = "attribute_not_exists(Artist)", ReturnOld = true });

        Assert.False(outcome.Accepted);
        Assert.Equal(item, outcome.Old);
    }

    [Fact]
    public async Task An_update_counts_from_nothing()
    {
        var key = Item.Of(("Artist", "Nina"), ("Song", "Feeling Good"));
        var options = new WriteOptions { Values = Item.Of((":one", 1)) };
        await store.UpdateAsync("Music", key, "ADD Plays :one", options);
        var outcome = await store.UpdateAsync("Music", key, "ADD Plays :one", options);

        Assert.Equal(2, outcome.New!["Plays"].AsInt64());
    }

    [Fact]
    public async Task A_cancelled_transaction_writes_nothing_and_says_why_in_order()
    {
        var outcome = await store.TransactWriteAsync(
        [
            TransactAction.Put("Music", Item.Of(("Artist", "A"), ("Song", "1"))),
            TransactAction.Check(
                "Music", Item.Of(("Artist", "B"), ("Song", "2")), new WriteOptions { Condition = "attribute_exists(Artist)" }),
        ]);

        Assert.False(outcome.Accepted);
        Assert.Equal(["None", "ConditionalCheckFailed"], outcome.Reasons.Select(reason => reason.Code));
        Assert.Null(await store.GetAsync("Music", Item.Of(("Artist", "A"), ("Song", "1"))));
    }
}
