using Xunit;

namespace Storage.Tests.Api;

/// <summary>TransactGetItems.</summary>
public sealed class TransactGetItemsTests : ApiTest
{
    [Fact]
    public async Task Responses_come_in_the_order_of_the_request_and_an_absent_item_is_empty()
    {
        await PutAsync("a", ""","n":{"N":"1"}""");
        await OkAsync("PutItem", """{"TableName":"Pairs","Item":{"pk":{"S":"p"},"sk":{"N":"1"}}}""");
        Assert.Equal(
            """{"Responses":[{"Item":{"pk":{"S":"p"},"sk":{"N":"1"}}},{},{"Item":{"n":{"N":"1"}}}]}""",
            await OkAsync("TransactGetItems", """
                {"TransactItems":[
                  {"Get":{"TableName":"Pairs","Key":{"pk":{"S":"p"},"sk":{"N":"1"}}}},
                  {"Get":{"TableName":"Simple","Key":{"pk":{"S":"none"}}}},
                  {"Get":{"TableName":"Simple","Key":{"pk":{"S":"a"}},"ProjectionExpression":"#n","ExpressionAttributeNames":{"#n":"n"}}}]}
                """));
    }

    [Theory]
    [InlineData("""{}""", "1 validation error detected: Value null at 'transactItems' failed to satisfy constraint: Member must not be null")]
    [InlineData("""{"TransactItems":[]}""", "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1")]
    [InlineData("""{"TransactItems":[{}]}""", "1 validation error detected: Value null at 'transactItems.1.member.get' failed to satisfy constraint: Member must not be null")]
    [InlineData("""{"TransactItems":[{"Get":{"TableName":"Simple","Key":{"pk":{"S":"a"}}}},{"Get":{"TableName":"Simple","Key":{"pk":{"S":"a"}}}}]}""", "Transaction request cannot include multiple operations on one item")]
    public async Task What_is_no_transaction_is_refused(string request, string message) =>
        await InvalidAsync("TransactGetItems", request, message);

    [Fact]
    public async Task A_key_that_does_not_fit_its_table_cancels_with_a_reason()
    {
        var answer = await RefusedAsync(
            "TransactGetItems",
            """{"TransactItems":[{"Get":{"TableName":"Simple","Key":{"pk":{"S":"a"}}}},{"Get":{"TableName":"Simple","Key":{"sk":{"S":"a"}}}}]}""",
            "TransactionCanceledException",
            "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ValidationError]");
        Assert.Equal(
            """[{"Code":"None"},{"Code":"ValidationError","Message":"The provided key element does not match the schema"}]""",
            answer["CancellationReasons"]!.ToJsonString());
    }

    [Fact]
    public async Task A_transaction_has_at_most_100_gets()
    {
        await OkAsync("TransactGetItems", Request(100));
        await InvalidAsync(
            "TransactGetItems",
            Request(101),
            "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: "
            + "Member must have length less than or equal to 100");

        static string Request(int count)
        {
            var gets = string.Join(',', Enumerable.Range(0, count).Select(
                i => $$$$$"""{"Get":{"TableName":"Simple","Key":{"pk":{"S":"{{{{{i}}}}}"}}}}"""));
            return $$$$$"""{"TransactItems":[{{{{{gets}}}}}]}""";
        }
    }
}
