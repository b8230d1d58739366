using System.Text.Json;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>Query. Texts: reference/model, and observed answers of DynamoDB.</summary>
public sealed class QueryTests : IAsyncLifetime
{
    private const string Invalid = "One or more parameter values were invalid: ";
    private const string OfP = "'KeyConditionExpression':'p = :p','ExpressionAttributeValues':{':p':{'S':'a'}}";
    private JsonStore store = null!;

    public async Task InitializeAsync()
    {
        store = await JsonStore.OpenAsync();
        await store.AskAsync("CreateTable", """
            {'TableName':'Tab','BillingMode':'PAY_PER_REQUEST',
             'AttributeDefinitions':[{'AttributeName':'p','AttributeType':'S'},{'AttributeName':'s','AttributeType':'N'},
                                     {'AttributeName':'l','AttributeType':'S'},{'AttributeName':'g','AttributeType':'S'}],
             'KeySchema':[{'AttributeName':'p','KeyType':'HASH'},{'AttributeName':'s','KeyType':'RANGE'}],
             'LocalSecondaryIndexes':[{'IndexName':'local','Projection':{'ProjectionType':'KEYS_ONLY'},
                'KeySchema':[{'AttributeName':'p','KeyType':'HASH'},{'AttributeName':'l','KeyType':'RANGE'}]}],
             'GlobalSecondaryIndexes':[{'IndexName':'global','Projection':{'ProjectionType':'INCLUDE','NonKeyAttributes':['x']},
                'KeySchema':[{'AttributeName':'g','KeyType':'HASH'},{'AttributeName':'l','KeyType':'RANGE'}]}]}
            """);
        for (var i = -2; i <= 7; i++)
        {
            var local = (char)('h' - i);
            await store.PutAsync(
                "Tab",
                $"{{'p':{{'S':'a'}},'s':{{'N':'{i}'}},'l':{{'S':'{local}'}},'g':{{'S':'g{i & 1}'}},'x':{{'N':'{i}'}},'y':{{'S':'y{i}'}}}}");
        }

        await store.PutAsync("Tab", "{'p':{'S':'b'},'s':{'N':'1'}}");
    }

    public async Task DisposeAsync() => await store.DisposeAsync();

    [Theory]
    [InlineData("s = :v", "3")]
    [InlineData("s < :v", "-2 -1 0 1 2")]
    [InlineData("s <= :v", "-2 -1 0 1 2 3")]
    [InlineData("s > :v", "4 5 6 7")]
    [InlineData("s >= :v", "3 4 5 6 7")]
    [InlineData("s BETWEEN :v AND :w", "3 4 5")]
    public async Task A_condition_on_the_sort_key_gives_its_range_in_order(string condition, string expected)
    {
        var values = "':p':{'S':'a'},':v':{'N':'3.0'}" + (condition.Contains(":w", StringComparison.Ordinal) ? ",':w':{'N':'5'}" : string.Empty);
        var request = $"'KeyConditionExpression':'p = :p AND {condition}','ExpressionAttributeValues':{{{values}}}";
        Assert.Equal(expected, Sorts(await QueryAsync(request)));
        Assert.Equal(
            string.Join(' ', expected.Split(' ').Reverse()), Sorts(await QueryAsync(request + ",'ScanIndexForward':false")));
    }

    [Theory]
    [InlineData("begins_with(s, :v)", "ab", "ab ab1 abc")]
    [InlineData("s > :v", "ab", "ab1 abc b")]
    [InlineData("s >= :v", "ab", "ab ab1 abc b")]
    [InlineData("s < :v", "ab1", "a ab")]
    [InlineData("s = :v", "ab", "ab")]
    public async Task Strings_that_begin_alike_are_told_apart(string condition, string value, string expected)
    {
        await store.AskAsync("CreateTable", """
            {'TableName':'Text','BillingMode':'PAY_PER_REQUEST',
             'AttributeDefinitions':[{'AttributeName':'p','AttributeType':'S'},{'AttributeName':'s','AttributeType':'S'}],
             'KeySchema':[{'AttributeName':'p','KeyType':'HASH'},{'AttributeName':'s','KeyType':'RANGE'}]}
            """);
        foreach (var sort in new[] { "a", "ab", "ab1", "abc", "b" })
        {
            await store.PutAsync("Text", $"{{'p':{{'S':'a'}},'s':{{'S':'{sort}'}}}}");
        }

        var answer = await store.AskAsync(
            "Query",
            "{'TableName':'Text','KeyConditionExpression':'p = :p AND " + condition
            + "','ExpressionAttributeValues':{':p':{'S':'a'},':v':{'S':'" + value + "'}}}");
        Assert.Equal(expected, string.Join(' ', Items(answer).Select(item => item.GetProperty("s").GetProperty("S").GetString())));
    }

    /// <summary>"Limit: the maximum number of items to evaluate (not necessarily the number of matching items)." API Reference.</summary>
    [Fact]
    public async Task Limit_counts_what_is_evaluated_and_pages_go_on_where_the_last_ended()
    {
        const string Request = "'KeyConditionExpression':'p = :p','FilterExpression':'x >= :x',"
            + "'ExpressionAttributeValues':{':p':{'S':'a'},':x':{'N':'0'}},'Limit':4";
        var first = await QueryAsync(Request);
        Assert.Equal("0 1", Sorts(first));
        Assert.Equal((2, 4), (Count(first), Scanned(first)));
        Assert.Equal("{\"p\":{\"S\":\"a\"},\"s\":{\"N\":\"1\"}}", first.GetProperty("LastEvaluatedKey").ToString());

        var second = await QueryAsync(Request + ",'ExclusiveStartKey':" + first.GetProperty("LastEvaluatedKey"));
        Assert.Equal("2 3 4 5", Sorts(second));
        var last = await QueryAsync(Request + ",'ExclusiveStartKey':" + second.GetProperty("LastEvaluatedKey"));
        Assert.Equal("6 7", Sorts(last));
        Assert.False(last.TryGetProperty("LastEvaluatedKey", out _));
    }

    [Fact]
    public async Task A_page_that_ends_exactly_at_Limit_has_a_key_though_nothing_follows()
    {
        var page = await QueryAsync(OfP + ",'Limit':10");
        Assert.Equal(10, Count(page));
        var end = await QueryAsync(OfP + ",'Limit':10,'ExclusiveStartKey':" + page.GetProperty("LastEvaluatedKey"));
        Assert.Equal((0, 0), (Count(end), Scanned(end)));
        Assert.Equal("[]", end.GetProperty("Items").ToString());
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task Pages_of_every_size_give_every_item_once_on_table_and_indexes(string forward)
    {
        string[] sources =
        [
            OfP,
            OfP + ",'IndexName':'local'",
            "'IndexName':'global','KeyConditionExpression':'g = :g','ExpressionAttributeValues':{':g':{'S':'g1'}}",
        ];
        foreach (var source in sources)
        {
            var whole = Sorts(await QueryAsync(source + ",'ScanIndexForward':" + forward));
            for (var limit = 1; limit <= 11; limit++)
            {
                var request = $"{source},'ScanIndexForward':{forward},'Limit':{limit}";
                var page = await QueryAsync(request);
                var seen = Sorts(page);
                while (page.TryGetProperty("LastEvaluatedKey", out var key))
                {
                    page = await QueryAsync(request + ",'ExclusiveStartKey':" + key);
                    seen = (seen + " " + Sorts(page)).Trim();
                }

                Assert.Equal(whole, seen);
            }
        }
    }

    /// <summary>"1 MB evaluated before filter"; full pages of small items consume 128.5 units.</summary>
    [Fact]
    public async Task A_page_ends_at_1_MB_before_the_filter()
    {
        var padding = new string('x', 3_000);
        for (var i = 0; i < 360; i++)
        {
            await store.PutAsync("Tab", $"{{'p':{{'S':'big'}},'s':{{'N':'{i}'}},'x':{{'S':'{padding}'}}}}");
        }

        var page = await QueryAsync(
            "'KeyConditionExpression':'p = :p','FilterExpression':'x = :no','ReturnConsumedCapacity':'TOTAL',"
            + "'ExpressionAttributeValues':{':p':{'S':'big'},':no':{'S':'no'}}");
        Assert.Equal(0, Count(page));
        Assert.InRange(Scanned(page), 1_048_576 / 3_010, 350);
        Assert.Equal(128.5, page.GetProperty("ConsumedCapacity").GetProperty("CapacityUnits").GetDouble());
        var rest = await QueryAsync(
            "'KeyConditionExpression':'p = :p','ExpressionAttributeValues':{':p':{'S':'big'}},'Select':'COUNT',"
            + "'ExclusiveStartKey':" + page.GetProperty("LastEvaluatedKey"));
        Assert.Equal(360 - Scanned(page), Count(rest));
        Assert.False(rest.TryGetProperty("Items", out _));
    }

    [Fact]
    public async Task An_index_gives_what_it_projects_in_its_own_order()
    {
        var local = await QueryAsync(OfP + ",'IndexName':'local'");
        Assert.Equal("7 6 5 4 3 2 1 0 -1 -2", Sorts(local));
        Assert.Equal("{\"l\":{\"S\":\"a\"},\"p\":{\"S\":\"a\"},\"s\":{\"N\":\"7\"}}", Items(local)[0].ToString());

        var global = await QueryAsync(
            "'IndexName':'global','KeyConditionExpression':'g = :g AND l < :l','ExpressionAttributeValues':{':g':{'S':'g0'},':l':{'S':'d'}}");
        Assert.Equal("6", Sorts(global));
        Assert.Equal(["g", "l", "p", "s", "x"], Items(global)[0].EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task The_key_of_an_index_page_has_the_keys_of_index_and_table()
    {
        var page = await QueryAsync(
            "'IndexName':'global','KeyConditionExpression':'g = :g','ExpressionAttributeValues':{':g':{'S':'g1'}},'Limit':1");
        Assert.Equal(
            ["g", "l", "p", "s"],
            page.GetProperty("LastEvaluatedKey").EnumerateObject().Select(member => member.Name).Order());
    }

    /// <summary>"If you query a local secondary index, DynamoDB fetches attributes not projected from the table." API Reference.</summary>
    [Fact]
    public async Task A_local_index_fetches_what_it_does_not_hold_and_is_charged_for_each_item()
    {
        const string Local = OfP + ",'IndexName':'local','Limit':3,'ReturnConsumedCapacity':'INDEXES'";
        var all = await QueryAsync(Local + ",'Select':'ALL_ATTRIBUTES'");
        Assert.Equal(["g", "l", "p", "s", "x", "y"], Items(all)[0].EnumerateObject().Select(member => member.Name));
        var capacity = all.GetProperty("ConsumedCapacity");
        Assert.Equal(2, capacity.GetProperty("CapacityUnits").GetDouble());
        Assert.Equal(1.5, capacity.GetProperty("Table").GetProperty("CapacityUnits").GetDouble());
        Assert.Equal(
            0.5, capacity.GetProperty("LocalSecondaryIndexes").GetProperty("local").GetProperty("CapacityUnits").GetDouble());

        var some = await QueryAsync(Local + ",'ProjectionExpression':'y'");
        Assert.Equal("{\"y\":{\"S\":\"y7\"}}", Items(some)[0].ToString());

        var filtered = await QueryAsync(
            "'IndexName':'local','KeyConditionExpression':'p = :p','FilterExpression':'y = :y',"
            + "'ExpressionAttributeValues':{':p':{'S':'a'},':y':{'S':'y4'}}");
        Assert.Equal("{\"l\":{\"S\":\"d\"},\"p\":{\"S\":\"a\"},\"s\":{\"N\":\"4\"}}", Assert.Single(Items(filtered)).ToString());
        Assert.Equal(10, Scanned(filtered));
    }

    /// <summary>RCU = ceil(bytes / 4096) x (0.5 eventual, 1 strong); an empty page takes the least.</summary>
    [Fact]
    public async Task Capacity_is_that_of_all_evaluated_bytes_together()
    {
        var page = await QueryAsync(OfP + ",'ReturnConsumedCapacity':'TOTAL'");
        Assert.Equal("{\"TableName\":\"Tab\",\"CapacityUnits\":0.5}", page.GetProperty("ConsumedCapacity").ToString());
        page = await QueryAsync(OfP + ",'ReturnConsumedCapacity':'TOTAL','ConsistentRead':true");
        Assert.Equal(1, page.GetProperty("ConsumedCapacity").GetProperty("CapacityUnits").GetDouble());
        page = await QueryAsync(
            "'KeyConditionExpression':'p = :p','ExpressionAttributeValues':{':p':{'S':'none'}},'ReturnConsumedCapacity':'TOTAL'");
        Assert.Equal(0.5, page.GetProperty("ConsumedCapacity").GetProperty("CapacityUnits").GetDouble());
    }

    public static TheoryData<string, string> Refusals => new()
    {
        { string.Empty, "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request." },
        {
            "'ExpressionAttributeValues':{':p':{'S':'a'}}",
            "ExpressionAttributeValues can only be specified when using expressions: FilterExpression and KeyConditionExpression are null"
        },
        {
            "'KeyConditionExpression':'s = :p','ExpressionAttributeValues':{':p':{'N':'1'}}",
            "Query condition missed key schema element: p"
        },
        { "'KeyConditionExpression':''", "Invalid KeyConditionExpression: The expression can not be empty;" },
        { OfP + ",'Limit':0", "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1" },
        {
            OfP + ",'Select':'INVALID_VALUE'",
            "1 validation error detected: Value 'INVALID_VALUE' at 'select' failed to satisfy constraint: Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]"
        },
        { OfP + ",'Select':'ALL_PROJECTED_ATTRIBUTES'", Invalid + "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName" },
        { OfP + ",'Select':'SPECIFIC_ATTRIBUTES'", Invalid + "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES" },
        { OfP + ",'Select':'COUNT','ProjectionExpression':'x'", Invalid + "Cannot specify the ProjectionExpression when choosing to get only the Count" },
        { OfP + ",'Select':'ALL_ATTRIBUTES','ProjectionExpression':'x'", Invalid + "Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES" },
        { OfP + ",'IndexName':'none'", "The table does not have the specified index: none" },
        { OfP + ",'IndexName':'global'", "Query condition missed key schema element: g" },
        {
            "'KeyConditionExpression':'p = :p','FilterExpression':'s > :s','ExpressionAttributeValues':{':p':{'S':'a'},':s':{'N':'1'}}",
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: s"
        },
        {
            "'KeyConditionExpression':'p = :p','ExpressionAttributeValues':{':p':{'S':'a'},':unused':{'N':'1'}}",
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:unused}"
        },
        {
            "'KeyConditionExpression':'p = :p','ExpressionAttributeValues':{':p':{'S':''}}",
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: p"
        },
        { OfP + ",'ExclusiveStartKey':{'p':{'S':'a'}}", "The provided starting key is invalid: The provided key element does not match the schema" },
        { OfP + ",'ExclusiveStartKey':{'p':{'S':'a'},'s':{'N':'x'}}", "The provided starting key is invalid: The parameter cannot be converted to a numeric value: x" },
        { OfP + ",'ExclusiveStartKey':{'p':{'S':'b'},'s':{'N':'1'}}", "The provided starting key is outside query boundaries based on provided conditions" },
        {
            "'KeyConditionExpression':'p = :p AND s > :s','ExpressionAttributeValues':{':p':{'S':'a'},':s':{'N':'3'}},'ExclusiveStartKey':{'p':{'S':'a'},'s':{'N':'3'}}",
            "The provided starting key does not match the range key predicate"
        },
        { OfP + ",'IndexName':'local','ExclusiveStartKey':{'p':{'S':'a'},'s':{'N':'1'}}", "The provided starting key is invalid" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_cannot_be_asked_is_refused_in_AWSs_words(string members, string text) =>
        Assert.Equal(text, await InvalidAsync(members));

    [Theory]
    [InlineData("'ConsistentRead':true", "Consistent reads are not supported on global secondary indexes")]
    [InlineData("'Select':'ALL_ATTRIBUTES'", Invalid + "Select type ALL_ATTRIBUTES is not supported for global secondary index global because its projection type is not ALL")]
    [InlineData("'ProjectionExpression':'x, y'", Invalid + "Global secondary index global does not project [y]")]
    [InlineData("'FilterExpression':'attribute_exists(y)'", Invalid + "Global secondary index global does not project one or more filter attributes: [y]")]
    public async Task A_global_index_gives_only_what_it_holds(string members, string text) => Assert.Equal(
        text,
        await InvalidAsync(
            "'IndexName':'global','KeyConditionExpression':'g = :g','ExpressionAttributeValues':{':g':{'S':'g1'}}," + members));

    [Fact]
    public async Task A_missing_table_is_not_found() => Assert.Equal(
        ("ResourceNotFoundException", "Requested resource not found"),
        await store.RefusedAsync("Query", "{'TableName':'None'," + OfP + "}"));

    private Task<JsonElement> QueryAsync(string members) => store.AskAsync("Query", "{'TableName':'Tab'," + members + "}");

    private Task<string> InvalidAsync(string members) =>
        store.InvalidAsync("Query", "{'TableName':'Tab'" + (members.Length == 0 ? string.Empty : ",") + members + "}");

    private static JsonElement[] Items(JsonElement page) => [.. page.GetProperty("Items").EnumerateArray()];

    private static string Sorts(JsonElement page) =>
        string.Join(' ', Items(page).Select(item => item.GetProperty("s").GetProperty("N").GetString()));

    private static int Count(JsonElement page) => page.GetProperty("Count").GetInt32();

    private static int Scanned(JsonElement page) => page.GetProperty("ScannedCount").GetInt32();
}
