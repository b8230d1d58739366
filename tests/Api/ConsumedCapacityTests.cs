using Xunit;

namespace Storage.Tests.Api;

/// <summary>
/// "RCU = ceil(bytes/4096) x (0.5 eventual, 1 strong, 2 transactional); WCU = ceil(bytes/1024) x (1, 2 in a transaction),
/// on the larger of old and new item; a missing item read costs the minimum." Developer Guide, and captured answers.
/// </summary>
public sealed class ConsumedCapacityTests : ApiTest
{
    // pk, its one character, and the name of the attribute.
    private const int Others = 4;

    [Theory]
    [InlineData(4096, false, "0.5")]
    [InlineData(4096, true, "1.0")]
    [InlineData(4097, false, "1.0")]
    [InlineData(4097, true, "2.0")]
    [InlineData(8193, false, "1.5")]
    public async Task A_read_takes_half_a_unit_or_one_for_each_4_KB(int bytes, bool consistent, string units)
    {
        await PutAsync("a", $$$$$""","x":{"S":"{{{{{new string('x', bytes - Others)}}}}}"}""");
        Assert.Equal(
            $$$$$"""{"Item":{"x":{"S":"x"}},"ConsumedCapacity":{"TableName":"Simple","CapacityUnits":{{{{{units}}}}}}}""",
            (await OkAsync(
                "GetItem",
                $$$$$"""{"TableName":"Simple","Key":{"pk":{"S":"a"}},"ConsistentRead":{{{{{(consistent ? "true" : "false")}}}}},"ReturnConsumedCapacity":"TOTAL","ProjectionExpression":"x"}"""))
            .Replace(new string('x', bytes - Others), "x", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_absent_item_takes_the_least() =>
        Assert.Equal(
            """{"ConsumedCapacity":{"TableName":"Simple","CapacityUnits":0.5,"Table":{"CapacityUnits":0.5}}}""",
            await OkAsync(
                "GetItem", """{"TableName":"Simple","Key":{"pk":{"S":"a"}},"ReturnConsumedCapacity":"INDEXES"}"""));

    [Fact]
    public async Task A_write_takes_a_unit_for_each_KB_of_the_larger_of_old_and_new()
    {
        Assert.Equal(Units("1.0"), await Put(1024));
        Assert.Equal(Units("2.0"), await Put(1025));
        Assert.Equal(Units("2.0"), await Put(10));
        Assert.Equal(Units("1.0"), await Delete());
        Assert.Equal(Units("1.0"), await Delete());

        Task<string> Put(int bytes) => OkAsync(
            "PutItem",
            $$$$$"""{"TableName":"Simple","Item":{"pk":{"S":"a"},"x":{"S":"{{{{{new string('x', bytes - Others)}}}}}"}},"ReturnConsumedCapacity":"TOTAL"}""");

        Task<string> Delete() => OkAsync(
            "DeleteItem", """{"TableName":"Simple","Key":{"pk":{"S":"a"}},"ReturnConsumedCapacity":"TOTAL"}""");

        static string Units(string units) =>
            $$$$$"""{"ConsumedCapacity":{"TableName":"Simple","CapacityUnits":{{{{{units}}}}}}}""";
    }

    /// <summary>"An index's write arm is charged only when its stored view changes; a GSI key move costs 2." [captured]</summary>
    [Fact]
    public async Task Indexes_are_charged_when_what_they_hold_changes()
    {
        Assert.Equal(
            """{"ConsumedCapacity":{"TableName":"Indexed","CapacityUnits":3.0,"Table":{"CapacityUnits":1.0},"LocalSecondaryIndexes":{"byL":{"CapacityUnits":1.0}},"GlobalSecondaryIndexes":{"byG":{"CapacityUnits":1.0}}}}""",
            await Update("SET gpk = :s, lsk = :n", """ ":s":{"S":"a"},":n":{"N":"1"}"""));
        Assert.Equal(
            """{"ConsumedCapacity":{"TableName":"Indexed","CapacityUnits":2.0,"Table":{"CapacityUnits":1.0},"GlobalSecondaryIndexes":{"byG":{"CapacityUnits":1.0}}}}""",
            await Update("SET beside = :s", """ ":s":{"S":"a"}"""));
        Assert.Equal(
            """{"ConsumedCapacity":{"TableName":"Indexed","CapacityUnits":3.0,"Table":{"CapacityUnits":1.0},"GlobalSecondaryIndexes":{"byG":{"CapacityUnits":2.0}}}}""",
            await Update("SET gpk = :s", """ ":s":{"S":"b"}"""));
        Assert.Equal(
            """{"ConsumedCapacity":{"TableName":"Indexed","CapacityUnits":1.0,"Table":{"CapacityUnits":1.0}}}""",
            await Update("SET gpk = :s", """ ":s":{"S":"b"}"""));

        Task<string> Update(string expression, string values) => OkAsync(
            "UpdateItem",
            $$$$$"""{"TableName":"Indexed","Key":{"pk":{"S":"a"},"sk":{"S":"b"}},"UpdateExpression":"{{{{{expression}}}}}","ExpressionAttributeValues":{{{{{{values}}}}}},"ReturnConsumedCapacity":"INDEXES"}""");
    }

    [Fact]
    public async Task Batches_are_charged_by_table()
    {
        Assert.Equal(
            """{"UnprocessedItems":{},"ConsumedCapacity":[{"TableName":"Simple","CapacityUnits":2.0},{"TableName":"Pairs","CapacityUnits":1.0}]}""",
            await OkAsync(
                "BatchWriteItem",
                """{"RequestItems":{"Simple":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}},{"DeleteRequest":{"Key":{"pk":{"S":"b"}}}}],"Pairs":[{"PutRequest":{"Item":{"pk":{"S":"a"},"sk":{"N":"1"}}}}]},"ReturnConsumedCapacity":"TOTAL"}"""));
        Assert.Equal(
            """{"Responses":{"Simple":[{"pk":{"S":"a"}}],"Pairs":[]},"UnprocessedKeys":{},"ConsumedCapacity":[{"TableName":"Simple","CapacityUnits":1.0},{"TableName":"Pairs","CapacityUnits":1.0}]}""",
            await OkAsync(
                "BatchGetItem",
                """{"RequestItems":{"Simple":{"Keys":[{"pk":{"S":"a"}},{"pk":{"S":"b"}}]},"Pairs":{"ConsistentRead":true,"Keys":[{"pk":{"S":"a"},"sk":{"N":"2"}}]}},"ReturnConsumedCapacity":"TOTAL"}"""));
    }

    /// <summary>
    /// "The transactional factor applies to the table arm only; replaying a ClientRequestToken charges reads." [captured]
    /// </summary>
    [Fact]
    public async Task Transactions_take_twice_and_a_replayed_one_is_charged_as_reads()
    {
        const string Write = """{"ClientRequestToken":"t","TransactItems":[{"Put":{"TableName":"Indexed","Item":{"pk":{"S":"a"},"sk":{"S":"b"},"gpk":{"S":"g"}}}},{"Put":{"TableName":"Indexed","Item":{"pk":{"S":"a"},"sk":{"S":"c"}}}}],"ReturnConsumedCapacity":"INDEXES"}""";
        Assert.Equal(
            """{"ConsumedCapacity":[{"TableName":"Indexed","CapacityUnits":5.0,"WriteCapacityUnits":5.0,"Table":{"CapacityUnits":4.0,"WriteCapacityUnits":4.0},"GlobalSecondaryIndexes":{"byG":{"CapacityUnits":1.0,"WriteCapacityUnits":1.0}}}]}""",
            await OkAsync("TransactWriteItems", Write));
        Assert.Equal(
            """{"ConsumedCapacity":[{"TableName":"Indexed","CapacityUnits":4.0,"ReadCapacityUnits":4.0,"Table":{"CapacityUnits":4.0,"ReadCapacityUnits":4.0}}]}""",
            await OkAsync("TransactWriteItems", Write));
        Assert.Equal(
            """{"Responses":[{}],"ConsumedCapacity":[{"TableName":"Simple","CapacityUnits":2.0,"ReadCapacityUnits":2.0}]}""",
            await OkAsync(
                "TransactGetItems",
                """{"TransactItems":[{"Get":{"TableName":"Simple","Key":{"pk":{"S":"a"}}}}],"ReturnConsumedCapacity":"TOTAL"}"""));
    }
}
