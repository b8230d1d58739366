using System.Text.Json;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>Scan. Texts: reference/model, and observed answers of DynamoDB.</summary>
public sealed class ScanTests : IAsyncLifetime
{
    private const int ItemCount = 300;
    private JsonStore store = null!;

    public async Task InitializeAsync()
    {
        store = await JsonStore.OpenAsync();
        await store.AskAsync("CreateTable", """
            {'TableName':'Tab','BillingMode':'PAY_PER_REQUEST',
             'AttributeDefinitions':[{'AttributeName':'p','AttributeType':'S'},{'AttributeName':'g','AttributeType':'N'}],
             'KeySchema':[{'AttributeName':'p','KeyType':'HASH'}],
             'GlobalSecondaryIndexes':[{'IndexName':'global','Projection':{'ProjectionType':'KEYS_ONLY'},
                'KeySchema':[{'AttributeName':'g','KeyType':'HASH'}]}]}
            """);
        for (var i = 0; i < ItemCount; i++)
        {
            var global = i % 3 == 0 ? $",'g':{{'N':'{i % 7}'}}" : string.Empty;
            await store.PutAsync("Tab", $"{{'p':{{'S':'{i}'}},'n':{{'N':'{i}'}}{global}}}");
        }
    }

    public async Task DisposeAsync() => await store.DisposeAsync();

    [Fact]
    public async Task All_items_come_once()
    {
        var page = await ScanAsync("'ReturnConsumedCapacity':'TOTAL'");
        Assert.Equal(ItemCount, Keys(page).Distinct().Count());
        Assert.Equal(ItemCount, page.GetProperty("Count").GetInt32());
        Assert.False(page.TryGetProperty("LastEvaluatedKey", out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(299)]
    [InlineData(300)]
    public async Task Pages_go_on_where_the_last_ended(int limit)
    {
        foreach (var (source, expected) in new[] { (string.Empty, ItemCount), (",'IndexName':'global'", ItemCount / 3) })
        {
            var keys = await AllAsync($"'Limit':{limit}{source}");
            Assert.Equal(expected, keys.Count);
            Assert.Equal(expected, keys.Distinct().Count());
        }
    }

    /// <summary>"Parallel scan must really partition."</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(1000)]
    public async Task Segments_share_out_the_items(int total)
    {
        var segments = new List<List<string>>();
        for (var segment = 0; segment < total; segment++)
        {
            segments.Add(await AllAsync($"'Segment':{segment},'TotalSegments':{total},'Limit':20"));
        }

        Assert.Equal(ItemCount, segments.Sum(segment => segment.Count));
        Assert.Equal(ItemCount, segments.SelectMany(segment => segment).Distinct().Count());
        Assert.True(segments.Count(segment => segment.Count > 0) > Math.Min(total, 100) / 2);
    }

    [Fact]
    public async Task A_million_segments_are_the_most()
    {
        await ScanAsync("'Segment':999999,'TotalSegments':1000000");
        Assert.Equal(
            "1 validation error detected: Value at 'TotalSegments' failed to satisfy constraint: Member must have value less than or equal to 1000000",
            await InvalidAsync("'Segment':5,'TotalSegments':1000001"));
    }

    [Fact]
    public async Task A_filter_may_name_keys_and_a_projection_is_applied_after_it()
    {
        var page = await ScanAsync(
            "'FilterExpression':'p = :p AND n > :n','ProjectionExpression':'n','ExpressionAttributeValues':{':p':{'S':'42'},':n':{'N':'1'}}");
        Assert.Equal("[{\"n\":{\"N\":\"42\"}}]", page.GetProperty("Items").ToString());
        Assert.Equal(ItemCount, page.GetProperty("ScannedCount").GetInt32());
    }

    [Fact]
    public async Task COUNT_gives_no_items()
    {
        var page = await ScanAsync("'Select':'COUNT','IndexName':'global'");
        Assert.Equal(ItemCount / 3, page.GetProperty("Count").GetInt32());
        Assert.False(page.TryGetProperty("Items", out _));
    }

    [Theory]
    [InlineData("'Segment':1", "The TotalSegments parameter is required but was not present in the request when Segment parameter is present")]
    [InlineData("'TotalSegments':1", "The Segment parameter is required but was not present in the request when parameter TotalSegments is present")]
    [InlineData("'Segment':5,'TotalSegments':5", "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 5 is not less than TotalSegments: 5")]
    [InlineData("'ExclusiveStartKey':{'q':{'S':'1'}}", "The provided starting key is invalid: The provided key element does not match the schema")]
    [InlineData("'IndexName':'global','ExclusiveStartKey':{'p':{'S':'1'}}", "The provided starting key is invalid")]
    [InlineData("'IndexName':'none'", "The table does not have the specified index: none")]
    [InlineData("'IndexName':'global','ConsistentRead':true", "Consistent reads are not supported on global secondary indexes")]
    [InlineData("'ExpressionAttributeValues':{':x':{'S':'1'}}", "ExpressionAttributeValues can only be specified when using expressions: FilterExpression is null")]
    [InlineData("'FilterExpression':'#missing = :x','ExpressionAttributeValues':{':x':{'S':'1'}}", "Invalid FilterExpression: An expression attribute name used in the document path is not defined; attribute name: #missing")]
    public async Task What_cannot_be_asked_is_refused_in_AWSs_words(string members, string text) =>
        Assert.Equal(text, await InvalidAsync(members));

    [Fact]
    public async Task A_starting_key_of_another_segment_is_refused()
    {
        var page = await ScanAsync("'Segment':0,'TotalSegments':2,'Limit':1");
        Assert.Equal(
            "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: 1",
            await InvalidAsync("'Segment':1,'TotalSegments':2,'ExclusiveStartKey':" + page.GetProperty("LastEvaluatedKey")));
    }

    private async Task<List<string>> AllAsync(string members)
    {
        var keys = new List<string>();
        var page = await ScanAsync(members);
        keys.AddRange(Keys(page));
        while (page.TryGetProperty("LastEvaluatedKey", out var key))
        {
            page = await ScanAsync(members + ",'ExclusiveStartKey':" + key);
            keys.AddRange(Keys(page));
        }

        return keys;
    }

    private static IEnumerable<string> Keys(JsonElement page) =>
        page.GetProperty("Items").EnumerateArray().Select(item => item.GetProperty("p").GetProperty("S").GetString()!);

    private Task<JsonElement> ScanAsync(string members) => store.AskAsync("Scan", "{'TableName':'Tab'," + members + "}");

    private Task<string> InvalidAsync(string members) => store.InvalidAsync("Scan", "{'TableName':'Tab'," + members + "}");
}
