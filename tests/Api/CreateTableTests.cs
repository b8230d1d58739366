using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>CreateTable, DescribeTable, DeleteTable and ListTables. Texts: reference/model and observed answers of DynamoDB.</summary>
public sealed class CreateTableTests : IAsyncLifetime
{
    private const string Keys =
        "'AttributeDefinitions':[{'AttributeName':'a','AttributeType':'S'},{'AttributeName':'b','AttributeType':'N'}],"
        + "'KeySchema':[{'AttributeName':'a','KeyType':'HASH'},{'AttributeName':'b','KeyType':'RANGE'}]";

    private const string OnDemand = "'BillingMode':'PAY_PER_REQUEST'";
    private const string Invalid = "One or more parameter values were invalid: ";
    private JsonStore store = null!;

    public async Task InitializeAsync() => store = await JsonStore.OpenAsync();

    public async Task DisposeAsync() => await store.DisposeAsync();

    /// <summary>"CreateTable answers CREATING and the next DescribeTable ACTIVE." The issue.</summary>
    [Fact]
    public async Task A_new_table_is_CREATING_and_at_the_next_look_ACTIVE()
    {
        var created = (await store.AskAsync("CreateTable", $"{{'TableName':'Music',{Keys},{OnDemand}}}")).GetProperty("TableDescription");
        Assert.Equal("CREATING", created.GetProperty("TableStatus").GetString());

        var table = await DescribeAsync("Music");
        Assert.Equal("ACTIVE", table.GetProperty("TableStatus").GetString());
        Assert.Equal("Music", table.GetProperty("TableName").GetString());
        Assert.Equal("arn:aws:dynamodb:us-east-1:123456789012:table/Music", table.GetProperty("TableArn").GetString());
        Assert.Equal(0, table.GetProperty("ItemCount").GetInt64());
        Assert.Equal(0, table.GetProperty("TableSizeBytes").GetInt64());
        Assert.False(table.GetProperty("DeletionProtectionEnabled").GetBoolean());
        Assert.Equal("PAY_PER_REQUEST", table.GetProperty("BillingModeSummary").GetProperty("BillingMode").GetString());
        Assert.Equal(0, table.GetProperty("ProvisionedThroughput").GetProperty("ReadCapacityUnits").GetInt64());
        Assert.True(Guid.TryParse(table.GetProperty("TableId").GetString(), out _));
        Assert.Equal(
            "[{\"AttributeName\":\"a\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"b\",\"KeyType\":\"RANGE\"}]",
            table.GetProperty("KeySchema").ToString());
        Assert.Equal(
            "[{\"AttributeName\":\"a\",\"AttributeType\":\"S\"},{\"AttributeName\":\"b\",\"AttributeType\":\"N\"}]",
            table.GetProperty("AttributeDefinitions").ToString());
    }

    /// <summary>"CreationDateTime, in UNIX epoch time format." API Reference, TableDescription.</summary>
    [Fact]
    public async Task The_creation_time_is_in_seconds_with_milliseconds()
    {
        await using var timed = await JsonStore.OpenAsync(new StoppedClock(DateTimeOffset.FromUnixTimeMilliseconds(1_732_000_000_123)));
        await timed.AskAsync("CreateTable", $"{{'TableName':'Music',{Keys},{OnDemand}}}");
        var table = (await timed.AskAsync("DescribeTable", "{'TableName':'Music'}")).GetProperty("Table");
        Assert.Equal("1732000000.123", table.GetProperty("CreationDateTime").GetRawText());
    }

    [Fact]
    public async Task A_description_counts_items_and_their_bytes()
    {
        await store.AskAsync("CreateTable", $"{{'TableName':'Music',{Keys},{OnDemand}}}");
        await store.PutAsync("Music", "{'a':{'S':'xy'},'b':{'N':'1'}}");
        var table = await DescribeAsync("Music");
        Assert.Equal(1, table.GetProperty("ItemCount").GetInt64());
        Assert.Equal(6, table.GetProperty("TableSizeBytes").GetInt64());
    }

    /// <summary>"TableName also accepts an ARN"; "an ARN in a request matches by table name." The issue.</summary>
    [Fact]
    public async Task A_table_is_found_by_an_ARN_of_any_Region_and_account()
    {
        await store.AskAsync("CreateTable", $"{{'TableName':'arn:aws:dynamodb:eu-west-1:1:table/Music',{Keys},{OnDemand}}}");
        var table = await DescribeAsync("arn:aws:dynamodb:ap-south-1:42:table/Music");
        Assert.Equal("Music", table.GetProperty("TableName").GetString());
    }

    [Fact]
    public async Task A_table_with_indexes_and_a_stream_is_described_whole()
    {
        await store.AskAsync("CreateTable", """
            {'TableName':'Tab',
             'AttributeDefinitions':[{'AttributeName':'a','AttributeType':'S'},{'AttributeName':'b','AttributeType':'N'},
                                     {'AttributeName':'c','AttributeType':'B'}],
             'KeySchema':[{'AttributeName':'a','KeyType':'HASH'},{'AttributeName':'b','KeyType':'RANGE'}],
             'LocalSecondaryIndexes':[{'IndexName':'local','Projection':{'ProjectionType':'KEYS_ONLY'},
                'KeySchema':[{'AttributeName':'a','KeyType':'HASH'},{'AttributeName':'c','KeyType':'RANGE'}]}],
             'GlobalSecondaryIndexes':[{'IndexName':'global','Projection':{'ProjectionType':'INCLUDE','NonKeyAttributes':['x','y']},
                'KeySchema':[{'AttributeName':'c','KeyType':'HASH'}],
                'ProvisionedThroughput':{'ReadCapacityUnits':3,'WriteCapacityUnits':4}}],
             'ProvisionedThroughput':{'ReadCapacityUnits':1,'WriteCapacityUnits':2},
             'StreamSpecification':{'StreamEnabled':true,'StreamViewType':'NEW_AND_OLD_IMAGES'},
             'DeletionProtectionEnabled':true,'TableClass':'STANDARD','SSESpecification':{'Enabled':false},'Tags':[]}
            """);
        var table = await DescribeAsync("Tab");

        var local = Assert.Single(table.GetProperty("LocalSecondaryIndexes").EnumerateArray());
        Assert.Equal("local", local.GetProperty("IndexName").GetString());
        Assert.Equal("KEYS_ONLY", local.GetProperty("Projection").GetProperty("ProjectionType").GetString());
        Assert.Equal("arn:aws:dynamodb:us-east-1:123456789012:table/Tab/index/local", local.GetProperty("IndexArn").GetString());
        Assert.False(local.TryGetProperty("IndexStatus", out _));

        var global = Assert.Single(table.GetProperty("GlobalSecondaryIndexes").EnumerateArray());
        Assert.Equal("ACTIVE", global.GetProperty("IndexStatus").GetString());
        Assert.False(global.TryGetProperty("Backfilling", out _));
        Assert.Equal("[\"x\",\"y\"]", global.GetProperty("Projection").GetProperty("NonKeyAttributes").ToString());
        Assert.Equal(4, global.GetProperty("ProvisionedThroughput").GetProperty("WriteCapacityUnits").GetInt64());

        Assert.Equal(2, table.GetProperty("ProvisionedThroughput").GetProperty("WriteCapacityUnits").GetInt64());
        Assert.False(table.TryGetProperty("BillingModeSummary", out _));
        Assert.Equal("NEW_AND_OLD_IMAGES", table.GetProperty("StreamSpecification").GetProperty("StreamViewType").GetString());
        var label = table.GetProperty("LatestStreamLabel").GetString()!;
        Assert.True(DateTime.TryParseExact(
            label, "yyyy-MM-dd'T'HH:mm:ss.fff", CultureInfo.InvariantCulture, DateTimeStyles.None, out _));
        Assert.EndsWith(":table/Tab/stream/" + label, table.GetProperty("LatestStreamArn").GetString(), StringComparison.Ordinal);
        Assert.True(table.GetProperty("DeletionProtectionEnabled").GetBoolean());

        Assert.Contains("protected", await store.InvalidAsync("DeleteTable", "{'TableName':'Tab'}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_global_index_may_have_four_attributes_of_each_key_type()
    {
        await store.AskAsync("CreateTable", """
            {'TableName':'Tab','BillingMode':'PAY_PER_REQUEST',
             'AttributeDefinitions':[{'AttributeName':'a','AttributeType':'S'},{'AttributeName':'b','AttributeType':'S'},
                                     {'AttributeName':'c','AttributeType':'S'}],
             'KeySchema':[{'AttributeName':'a','KeyType':'HASH'}],
             'GlobalSecondaryIndexes':[{'IndexName':'many','Projection':{'ProjectionType':'ALL'},
                'KeySchema':[{'AttributeName':'b','KeyType':'HASH'},{'AttributeName':'a','KeyType':'HASH'},
                             {'AttributeName':'c','KeyType':'RANGE'}]}]}
            """);
        var index = (await DescribeAsync("Tab")).GetProperty("GlobalSecondaryIndexes")[0];
        Assert.Equal(3, index.GetProperty("KeySchema").GetArrayLength());
    }

    [Fact]
    public async Task A_name_that_is_taken_is_refused()
    {
        await store.AskAsync("CreateTable", $"{{'TableName':'Music',{Keys},{OnDemand}}}");
        var refusal = await store.RefusedAsync("CreateTable", $"{{'TableName':'Music',{Keys},{OnDemand}}}");
        Assert.Equal(("ResourceInUseException", "Table already exists: Music"), refusal);
    }

    /// <summary>"DeleteTable answers DELETING and the next call finds nothing." The issue.</summary>
    [Fact]
    public async Task A_deleted_table_is_DELETING_and_then_gone()
    {
        await store.AskAsync("CreateTable", $"{{'TableName':'Music',{Keys},{OnDemand}}}");
        var deleted = await store.AskAsync("DeleteTable", "{'TableName':'Music'}");
        Assert.Equal("DELETING", deleted.GetProperty("TableDescription").GetProperty("TableStatus").GetString());
        foreach (var operation in new[] { "DescribeTable", "DeleteTable" })
        {
            var refusal = await store.RefusedAsync(operation, "{'TableName':'Music'}");
            Assert.Equal(("ResourceNotFoundException", "Requested resource not found: Table: Music not found"), refusal);
        }
    }

    [Fact]
    public async Task Names_are_listed_in_pages()
    {
        foreach (var name in new[] { "bbb", "Aaa", "ccc", "aaa" })
        {
            await store.AskAsync("CreateTable", $"{{'TableName':'{name}',{Keys},{OnDemand}}}");
        }

        var first = await store.AskAsync("ListTables", "{'Limit':3}");
        Assert.Equal("[\"Aaa\",\"aaa\",\"bbb\"]", first.GetProperty("TableNames").ToString());
        Assert.Equal("bbb", first.GetProperty("LastEvaluatedTableName").GetString());
        var second = await store.AskAsync("ListTables", "{'Limit':3,'ExclusiveStartTableName':'bbb'}");
        Assert.Equal("[\"ccc\"]", second.GetProperty("TableNames").ToString());
        Assert.False(second.TryGetProperty("LastEvaluatedTableName", out _));
    }

    [Theory]
    [InlineData(0, "Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1")]
    [InlineData(101, "Value at 'Limit' failed to satisfy constraint: Member must have value less than or equal to 100")]
    public async Task A_page_of_names_has_1_to_100(int limit, string text) => Assert.Equal(
        "1 validation error detected: " + text, await store.InvalidAsync("ListTables", $"{{'Limit':{limit}}}"));

    public static TheoryData<string, string> Refusals => new()
    {
        { Keys, Invalid + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED" },
        {
            Keys + "," + OnDemand + ",'ProvisionedThroughput':{'ReadCapacityUnits':1,'WriteCapacityUnits':1}",
            Invalid + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
        },
        {
            OnDemand + ",'AttributeDefinitions':[{'AttributeName':'a','AttributeType':'S'}],'KeySchema':[{'AttributeName':'a','KeyType':'RANGE'}]",
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
        },
        {
            OnDemand + ",'AttributeDefinitions':[{'AttributeName':'a','AttributeType':'S'}],'KeySchema':[{'AttributeName':'a','KeyType':'HASH'},{'AttributeName':'b','KeyType':'HASH'}]",
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"
        },
        {
            OnDemand + ",'AttributeDefinitions':[{'AttributeName':'a','AttributeType':'S'}],'KeySchema':[{'AttributeName':'a','KeyType':'HASH'},{'AttributeName':'a','KeyType':'RANGE'}]",
            "Both the Hash Key and the Range Key element in the KeySchema have the same name"
        },
        {
            OnDemand + ",'AttributeDefinitions':[{'AttributeName':'a','AttributeType':'S'}],'KeySchema':[{'AttributeName':'b','KeyType':'HASH'}]",
            "Invalid KeySchema: Some index key attribute have no definition"
        },
        {
            OnDemand + ",'AttributeDefinitions':[{'AttributeName':'a','AttributeType':'S'},{'AttributeName':'b','AttributeType':'S'}],'KeySchema':[{'AttributeName':'a','KeyType':'HASH'}]",
            Invalid + "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"
        },
        {
            OnDemand + ",'AttributeDefinitions':[{'AttributeName':'a','AttributeType':'INVALID'}],'KeySchema':[{'AttributeName':'a','KeyType':'INVALID'}]",
            "2 validation errors detected: Value 'INVALID' at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must satisfy enum value set: [B, N, S]; "
            + "Value 'INVALID' at 'keySchema.1.member.keyType' failed to satisfy constraint: Member must satisfy enum value set: [HASH, RANGE]"
        },
        {
            OnDemand + ",'AttributeDefinitions':[{'AttributeName':'a','AttributeType':'S'}],'KeySchema':[{'AttributeName':'a','KeyType':'HASH'}],"
            + "'LocalSecondaryIndexes':[{'IndexName':'sameIndex','Projection':{'ProjectionType':'ALL'},'KeySchema':[{'AttributeName':'a','KeyType':'HASH'}]}]",
            Invalid + "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
        },
        { Keys + "," + OnDemand + ",'LocalSecondaryIndexes':[]", Invalid + "List of LocalSecondaryIndexes is empty" },
        { Keys + "," + OnDemand + ",'GlobalSecondaryIndexes':[]", Invalid + "List of GlobalSecondaryIndexes is empty" },
        {
            Keys + "," + OnDemand + ",'GlobalSecondaryIndexes':[" + Index("sameIndex") + "," + Index("sameIndex") + "]",
            Invalid + "Duplicate index name: sameIndex"
        },
        {
            Keys + "," + OnDemand + ",'GlobalSecondaryIndexes':[" + Index("index", "c") + "]",
            Invalid + "Some index key attributes are not defined in AttributeDefinitions. Keys: [c], AttributeDefinitions: [a, b]"
        },
        {
            Keys + "," + OnDemand + ",'GlobalSecondaryIndexes':[" + Index("index", "a", "'ProjectionType':'ALL','NonKeyAttributes':['x']") + "]",
            Invalid + "ProjectionType is ALL, but NonKeyAttributes is specified"
        },
        {
            Keys + "," + OnDemand + ",'GlobalSecondaryIndexes':[" + Index("index", "a", "'ProjectionType':'INCLUDE'") + "]",
            Invalid + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"
        },
        {
            Keys + "," + OnDemand + ",'GlobalSecondaryIndexes':[" + Index("index", "a", string.Empty) + "]",
            Invalid + "Unknown ProjectionType: null"
        },
        {
            Keys + "," + OnDemand + ",'GlobalSecondaryIndexes':[" + string.Join(',', Enumerable.Range(100, 21).Select(i => Index($"i{i}"))) + "]",
            Invalid + "GlobalSecondaryIndex count exceeds the per-table limit of 20"
        },
        {
            Keys + "," + OnDemand + ",'LocalSecondaryIndexes':[" + string.Join(',', Enumerable.Range(100, 6).Select(i => LocalIndex($"i{i}", "a"))) + "]",
            Invalid + "Number of LocalSecondaryIndexes exceeds per-table limit of 5"
        },
        {
            Keys + "," + OnDemand + ",'LocalSecondaryIndexes':[" + LocalIndex("local", "b", "a") + "]",
            Invalid + "Index KeySchema does not have the same leading hash key as table KeySchema for index: local. index hash key: b, table hash key: a"
        },
        {
            Keys + "," + OnDemand + ",'Tags':[{'Key':'k','Value':'v'}]",
            "The parameter Tags is not supported yet; send the request without it"
        },
        {
            Keys + "," + OnDemand + ",'TableClass':'STANDARD_INFREQUENT_ACCESS'",
            "The parameter TableClass is not supported yet; send the request without it"
        },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_members_cannot_be_together_is_refused_in_AWSs_words(string members, string text) =>
        Assert.Equal(text, await store.InvalidAsync("CreateTable", $"{{'TableName':'Music',{members}}}"));

    /// <summary>"3 to 255 characters of a-z, A-Z, 0-9, '_', '-', '.'." Developer Guide, Naming rules.</summary>
    [Fact]
    public async Task A_table_name_has_3_to_255_characters()
    {
        await store.AskAsync("CreateTable", $"{{'TableName':'abc',{Keys},{OnDemand}}}");
        await store.AskAsync("CreateTable", $"{{'TableName':'{new string('a', 255)}',{Keys},{OnDemand}}}");
        foreach (var name in new[] { string.Empty, "ab", new string('a', 256), "bad!@#" })
        {
            var text = await store.InvalidAsync("CreateTable", $"{{'TableName':'{name}',{Keys},{OnDemand}}}");
            Assert.StartsWith("1 validation error detected: Value at 'TableName' failed to satisfy constraint: ", text, StringComparison.Ordinal);
        }
    }

    /// <summary>"Up to a total of 100 attributes into all of a table's indexes." Developer Guide, Quotas.</summary>
    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public async Task All_indexes_together_project_100_attributes(int count, bool accepted)
    {
        var names = string.Join(',', Enumerable.Range(0, count - 1).Select(i => $"'x{i}'"));
        var indexes = Index("one", "a", $"'ProjectionType':'INCLUDE','NonKeyAttributes':[{names}]")
            + "," + Index("two", "a", "'ProjectionType':'INCLUDE','NonKeyAttributes':['x0']");
        var request = $"{{'TableName':'Music',{Keys},{OnDemand},'GlobalSecondaryIndexes':[{indexes}]}}";
        if (accepted)
        {
            await store.AskAsync("CreateTable", request);
        }
        else
        {
            await store.InvalidAsync("CreateTable", request);
        }
    }

    private async Task<JsonElement> DescribeAsync(string name) =>
        (await store.AskAsync("DescribeTable", $"{{'TableName':'{name}'}}")).GetProperty("Table");

    private static string Index(string name, string hash = "a", string projection = "'ProjectionType':'ALL'") =>
        $"{{'IndexName':'{name}','KeySchema':[{{'AttributeName':'{hash}','KeyType':'HASH'}}],'Projection':{{{projection}}}}}";

    private static string LocalIndex(string name, string hash, string range = "b") =>
        $"{{'IndexName':'{name}','Projection':{{'ProjectionType':'ALL'}},"
        + $"'KeySchema':[{{'AttributeName':'{hash}','KeyType':'HASH'}},{{'AttributeName':'{range}','KeyType':'RANGE'}}]}}";

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
