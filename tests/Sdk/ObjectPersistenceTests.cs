using Amazon.DynamoDBv2.DataModel;
using Amazon.DynamoDBv2.DocumentModel;
using Amazon.DynamoDBv2.Model;
using Xunit;

namespace Storage.Tests.Sdk;

/// <summary>
/// "an unmodified AmazonDynamoDBClient ... so DynamoDBContext and the Document model work without a socket". Issue 2,
/// Embedding. DynamoDBContext sends legacy parameters.
/// </summary>
public class ObjectPersistenceTests : SdkTest
{
    private readonly DateTime released = new(1967, 5, 26, 12, 30, 15, DateTimeKind.Utc);
    private DynamoDBContext context = null!;

    internal override Task SeedAsync()
    {
        context = new DynamoDBContextBuilder().WithDynamoDBClient(() => Client).Build();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task What_is_saved_is_loaded()
    {
        await context.SaveAsync(NewSong("Sinnerman"));
        var song = await context.LoadAsync<Song>("Nina", "Sinnerman");
        Assert.Equal((1965, 622, 4.5m, true), (song.Year, song.Seconds, song.Rating, song.Live));
        Assert.Equal(["long", "piano"], song.Tags.Order());
        Assert.Equal(released, song.Released.ToUniversalTime());
        Assert.Equal([1, 2, 3], song.Cover);
        Assert.Equal(("Philips", "US"), (song.Label.Name, song.Label.Countries.Max()));
        Assert.Equal(7, song.Plays["radio"]);
    }

    [Fact]
    public async Task What_is_absent_loads_as_null() => Assert.Null(await context.LoadAsync<Song>("Nina", "Nothing"));

    [Fact]
    public async Task Saving_again_replaces_what_changed_and_removes_what_became_null()
    {
        var song = NewSong("Sinnerman");
        await context.SaveAsync(song);
        song.Seconds = 300;
        song.Label = null!;
        song.Tags.Remove("long");
        await context.SaveAsync(song);

        var item = await ItemAsync("Sinnerman");
        Assert.Equal("300", item["Seconds"].N);
        Assert.False(item.ContainsKey("Label"));
        Assert.Equal(["piano"], item["Tags"].SS);
        Assert.Equal("4.5", item["Rating"].N);
    }

    [Fact]
    public async Task An_object_of_keys_alone_is_saved()
    {
        await context.SaveAsync(new Bare { Artist = "Nina", Title = "Blank" });
        Assert.Equal(["Artist", "Title"], (await ItemAsync("Blank")).Keys.Order());
    }

    [Fact]
    public async Task What_is_deleted_is_gone()
    {
        var song = NewSong("Sinnerman");
        await context.SaveAsync(song);
        await context.DeleteAsync(song);
        Assert.Null(await context.LoadAsync<Song>("Nina", "Sinnerman"));
        await context.DeleteAsync<Song>("Nina", "Sinnerman");
    }

    [Fact]
    public async Task Query_finds_the_items_of_a_hash_key()
    {
        await SaveSongsAsync();
        var titles = (await context.QueryAsync<Song>("Nina").GetRemainingAsync()).Select(song => song.Title);
        Assert.Equal(["A", "B", "C"], titles);
    }

    [Theory]
    [InlineData(QueryOperator.Equal, "B", "B")]
    [InlineData(QueryOperator.LessThan, "B", "A")]
    [InlineData(QueryOperator.LessThanOrEqual, "B", "A,B")]
    [InlineData(QueryOperator.GreaterThan, "B", "C")]
    [InlineData(QueryOperator.GreaterThanOrEqual, "B", "B,C")]
    [InlineData(QueryOperator.BeginsWith, "C", "C")]
    [InlineData(QueryOperator.Between, "A,B", "A,B")]
    public async Task Query_compares_the_range_key(QueryOperator comparison, string values, string titles)
    {
        await SaveSongsAsync();
        var found = await context.QueryAsync<Song>("Nina", comparison, values.Split(',')).GetRemainingAsync();
        Assert.Equal(titles, string.Join(',', found.Select(song => song.Title)));
    }

    [Fact]
    public async Task Query_goes_backwards_through_a_global_index_with_a_filter()
    {
        await SaveSongsAsync();
        var found = await context.QueryAsync<Song>(1965, new QueryConfig
        {
            IndexName = "byYear",
            BackwardQuery = true,
            QueryFilter = [new ScanCondition("Seconds", ScanOperator.GreaterThan, 100)],
        }).GetRemainingAsync();
        Assert.Equal(["C", "B"], found.Select(song => song.Title));
    }

    [Fact]
    public async Task Query_joins_filters_by_or()
    {
        await SaveSongsAsync();
        var found = await context.QueryAsync<Song>("Nina", new QueryConfig
        {
            ConditionalOperator = ConditionalOperatorValues.Or,
            QueryFilter =
            [
                new ScanCondition("Seconds", ScanOperator.Equal, 100),
                new ScanCondition("Live", ScanOperator.Equal, true),
            ],
        }).GetRemainingAsync();
        Assert.Equal(["A", "C"], found.Select(song => song.Title));
    }

    [Theory]
    [InlineData(ScanOperator.Equal, "Seconds", "200", "B")]
    [InlineData(ScanOperator.NotEqual, "Seconds", "200", "A,C")]
    [InlineData(ScanOperator.LessThanOrEqual, "Seconds", "200", "A,B")]
    [InlineData(ScanOperator.LessThan, "Seconds", "200", "A")]
    [InlineData(ScanOperator.GreaterThanOrEqual, "Seconds", "200", "B,C")]
    [InlineData(ScanOperator.GreaterThan, "Seconds", "200", "C")]
    [InlineData(ScanOperator.Between, "Seconds", "150,250", "B")]
    [InlineData(ScanOperator.In, "Seconds", "100,300", "A,C")]
    [InlineData(ScanOperator.IsNotNull, "Label", "", "C")]
    [InlineData(ScanOperator.IsNull, "Label", "", "A,B")]
    [InlineData(ScanOperator.BeginsWith, "Title", "B", "B")]
    [InlineData(ScanOperator.Contains, "Tags", "c", "C")]
    [InlineData(ScanOperator.NotContains, "Tags", "c", "A,B")]
    public async Task Scan_filters_by_every_operator(ScanOperator comparison, string property, string values, string titles)
    {
        await SaveSongsAsync();
        object[] arguments = values.Length == 0 ? []
            : property == "Seconds" ? [.. values.Split(',').Select(value => (object)int.Parse(value, null))]
            : [.. values.Split(',')];
        var found = await context.ScanAsync<Song>([new ScanCondition(property, comparison, arguments)]).GetRemainingAsync();
        Assert.Equal(titles, string.Join(',', found.Select(song => song.Title).Order()));
    }

    [Fact]
    public async Task A_version_counts_the_saves()
    {
        var song = new VersionedSong { Artist = "Nina", Title = "Sinnerman" };
        await context.SaveAsync(song);
        Assert.Equal(0, song.Version);
        song.Note = "live";
        await context.SaveAsync(song);
        Assert.Equal(1, song.Version);
        Assert.Equal("1", (await ItemAsync("Sinnerman"))["Version"].N);
    }

    [Fact]
    public async Task A_save_of_an_older_version_is_refused()
    {
        await context.SaveAsync(new VersionedSong { Artist = "Nina", Title = "Sinnerman", Note = "first" });
        var mine = await context.LoadAsync<VersionedSong>("Nina", "Sinnerman");
        var yours = await context.LoadAsync<VersionedSong>("Nina", "Sinnerman");
        mine.Note = "mine";
        await context.SaveAsync(mine);
        yours.Note = "yours";
        await Assert.ThrowsAsync<ConditionalCheckFailedException>(() => context.SaveAsync(yours));
        await Assert.ThrowsAsync<ConditionalCheckFailedException>(() => context.DeleteAsync(yours));
        Assert.Equal("mine", (await ItemAsync("Sinnerman"))["Note"].S);
        await context.DeleteAsync(mine);
        Assert.Null(await context.LoadAsync<VersionedSong>("Nina", "Sinnerman"));
    }

    [Fact]
    public async Task A_save_of_a_new_object_over_an_item_is_refused()
    {
        await context.SaveAsync(new VersionedSong { Artist = "Nina", Title = "Sinnerman" });
        await Assert.ThrowsAsync<ConditionalCheckFailedException>(
            () => context.SaveAsync(new VersionedSong { Artist = "Nina", Title = "Sinnerman" }));
    }

    [Fact]
    public async Task A_batch_writes_and_gets()
    {
        var write = context.CreateBatchWrite<Song>();
        write.AddPutItems([NewSong("A"), NewSong("B"), NewSong("C")]);
        await write.ExecuteAsync();
        var delete = context.CreateBatchWrite<Song>();
        delete.AddDeleteKey("Nina", "B");
        await delete.ExecuteAsync();

        var get = context.CreateBatchGet<Song>();
        get.AddKey("Nina", "A");
        get.AddKey("Nina", "B");
        get.AddKey("Nina", "C");
        await get.ExecuteAsync();
        Assert.Equal(["A", "C"], get.Results.Select(song => song.Title).Order());
    }

    [Fact]
    public async Task A_transaction_writes_and_gets()
    {
        await context.SaveAsync(NewSong("Old"));
        var write = context.CreateTransactWrite<Song>();
        write.AddSaveItem(NewSong("New"));
        write.AddDeleteKey("Nina", "Old");
        await write.ExecuteAsync();

        var get = context.CreateTransactGet<Song>();
        get.AddKey("Nina", "New");
        get.AddKey("Nina", "Old");
        await get.ExecuteAsync();
        Assert.Equal(["New"], get.Results.Select(song => song.Title));
    }

    [Fact]
    public async Task A_transaction_with_an_older_version_changes_nothing()
    {
        var stale = new VersionedSong { Artist = "Nina", Title = "A" };
        await context.SaveAsync(stale);
        await context.SaveAsync(await context.LoadAsync<VersionedSong>("Nina", "A"));

        var write = context.CreateTransactWrite<VersionedSong>();
        write.AddSaveItem(new VersionedSong { Artist = "Nina", Title = "B" });
        stale.Note = "stale";
        write.AddSaveItem(stale);
        var error = await Assert.ThrowsAsync<TransactionCanceledException>(() => write.ExecuteAsync());
        Assert.Equal(["None", "ConditionalCheckFailed"], error.CancellationReasons.Select(reason => reason.Code));
        Assert.Empty(await ItemAsync("B"));
    }

    private Song NewSong(string title) => new()
    {
        Artist = "Nina",
        Title = title,
        Year = 1965,
        Seconds = 622,
        Rating = 4.5m,
        Live = true,
        Tags = ["long", "piano"],
        Released = released,
        Cover = [1, 2, 3],
        Label = new Label { Name = "Philips", Countries = ["US", "DE"] },
        Plays = new Dictionary<string, int> { ["radio"] = 7 },
    };

    private async Task SaveSongsAsync()
    {
        foreach (var (title, seconds) in new[] { ("A", 100), ("B", 200), ("C", 300) })
        {
            var song = NewSong(title);
            song.Seconds = seconds;
            song.Live = title == "C";
            song.Label = title == "C" ? song.Label : null!;
            song.Tags = [title.ToLowerInvariant(), "all"];
            await context.SaveAsync(song);
        }
    }

    private async Task<Dictionary<string, AttributeValue>> ItemAsync(string title) => (await Client.GetItemAsync(
        "Songs",
        new Dictionary<string, AttributeValue> { ["Artist"] = new("Nina"), ["Title"] = new(title) })).Item ?? [];

    [DynamoDBTable("Songs")]
    private sealed class Song
    {
        [DynamoDBHashKey]
        public string Artist { get; set; } = string.Empty;

        [DynamoDBRangeKey]
        [DynamoDBGlobalSecondaryIndexRangeKey("byYear")]
        public string Title { get; set; } = string.Empty;

        [DynamoDBGlobalSecondaryIndexHashKey("byYear")]
        public int Year { get; set; }

        [DynamoDBLocalSecondaryIndexRangeKey("bySeconds")]
        public int Seconds { get; set; }

        public decimal Rating { get; set; }

        public bool Live { get; set; }

        public HashSet<string> Tags { get; set; } = [];

        public DateTime Released { get; set; }

        public byte[] Cover { get; set; } = [];

        public Label Label { get; set; } = null!;

        public Dictionary<string, int> Plays { get; set; } = [];
    }

    private sealed class Label
    {
        public string Name { get; set; } = string.Empty;

        public List<string> Countries { get; set; } = [];
    }

    [DynamoDBTable("Songs")]
    private sealed class Bare
    {
        [DynamoDBHashKey]
        public string Artist { get; set; } = string.Empty;

        [DynamoDBRangeKey]
        public string Title { get; set; } = string.Empty;

        public string? Note { get; set; }
    }

    [DynamoDBTable("Songs")]
    private sealed class VersionedSong
    {
        [DynamoDBHashKey]
        public string Artist { get; set; } = string.Empty;

        [DynamoDBRangeKey]
        public string Title { get; set; } = string.Empty;

        public string? Note { get; set; }

        [DynamoDBVersion]
        public int? Version { get; set; }
    }
}
