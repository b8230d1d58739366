using System.Text.Json.Nodes;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>TransactWriteItems.</summary>
public sealed class TransactWriteItemsTests : ApiTest
{
    private const string Cancelled = "Transaction cancelled, please refer cancellation reasons for specific reasons ";

    [Fact]
    public async Task Puts_updates_deletes_and_checks_are_done_together()
    {
        await PutAsync("gone");
        await PutAsync("seen");
        Assert.Equal("{}", await OkAsync("TransactWriteItems", """
            {"TransactItems":[
              {"Put":{"TableName":"Simple","Item":{"pk":{"S":"put"}},"ConditionExpression":"attribute_not_exists(pk)"}},
              {"Update":{"TableName":"Pairs","Key":{"pk":{"S":"p"},"sk":{"N":"1"}},"UpdateExpression":"SET n = :v","ExpressionAttributeValues":{":v":{"N":"7"}}}},
              {"Delete":{"TableName":"Simple","Key":{"pk":{"S":"gone"}}}},
              {"ConditionCheck":{"TableName":"Simple","Key":{"pk":{"S":"seen"}},"ConditionExpression":"attribute_exists(pk)"}}]}
            """));
        Assert.Equal("""{"Item":{"pk":{"S":"put"}}}""", await GetAsync("put"));
        Assert.Equal("{}", await GetAsync("gone"));
        Assert.Equal(
            """{"Item":{"n":{"N":"7"},"pk":{"S":"p"},"sk":{"N":"1"}}}""",
            await OkAsync("GetItem", """{"TableName":"Pairs","Key":{"pk":{"S":"p"},"sk":{"N":"1"}}}"""));
    }

    /// <summary>"Reasons in request order"; a reason has the item when it was asked for.</summary>
    [Fact]
    public async Task One_refusal_cancels_all_and_the_reasons_come_in_the_order_of_the_request()
    {
        await PutAsync("a", ""","n":{"N":"1"}""");
        var answer = await RefusedAsync(
            "TransactWriteItems",
            """
            {"TransactItems":[
              {"Put":{"TableName":"Simple","Item":{"pk":{"S":"new"}}}},
              {"Put":{"TableName":"Simple","Item":{"pk":{"S":"a"}},"ConditionExpression":"attribute_not_exists(pk)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}},
              {"Update":{"TableName":"Simple","Key":{"pk":{"S":"b"}},"UpdateExpression":"SET n = n"}},
              {"ConditionCheck":{"TableName":"Simple","Key":{"pk":{"S":"c"}},"ConditionExpression":"attribute_exists(pk)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}}]}
            """,
            "TransactionCanceledException",
            Cancelled + "[None, ConditionalCheckFailed, ValidationError, ConditionalCheckFailed]");
        Assert.NotNull(answer["Message"]);
        Assert.Equal(
            """[{"Code":"None"},"""
            + """{"Code":"ConditionalCheckFailed","Message":"The conditional request failed","Item":{"n":{"N":"1"},"pk":{"S":"a"}}},"""
            + """{"Code":"ValidationError","Message":"The provided expression refers to an attribute that does not exist in the item"},"""
            + """{"Code":"ConditionalCheckFailed","Message":"The conditional request failed"}]""",
            answer["CancellationReasons"]!.ToJsonString());
        Assert.Equal("{}", await GetAsync("new"));
        Assert.Equal("""{"Item":{"n":{"N":"1"},"pk":{"S":"a"}}}""", await GetAsync("a"));
    }

    [Fact]
    public async Task An_item_that_does_not_fit_its_table_is_a_ValidationError_among_the_reasons()
    {
        var answer = await RefusedAsync(
            "TransactWriteItems",
            """
            {"TransactItems":[
              {"Put":{"TableName":"Simple","Item":{"pk":{"S":"a"}}}},
              {"Put":{"TableName":"Simple","Item":{"n":{"S":"a"}}}},
              {"Delete":{"TableName":"Pairs","Key":{"pk":{"S":"a"}}}}]}
            """,
            "TransactionCanceledException",
            Cancelled + "[None, ValidationError, ValidationError]");
        Assert.Equal(
            """[{"Code":"None"},"""
            + """{"Code":"ValidationError","Message":"One or more parameter values were invalid: Missing the key pk in the item"},"""
            + """{"Code":"ValidationError","Message":"The provided key element does not match the schema"}]""",
            answer["CancellationReasons"]!.ToJsonString());
    }

    /// <summary>"An oversize Put is a top-level ValidationException but an oversize Update is a cancellation." [captured]</summary>
    [Fact]
    public async Task An_oversize_put_is_refused_at_once_and_an_oversize_update_is_a_reason()
    {
        var large = new string('x', 300_000);
        await PutAsync("a", $$$$$""","a":{"S":"{{{{{large}}}}}"}""");
        await InvalidAsync(
            "TransactWriteItems",
            $$$$$"""{"TransactItems":[{"Put":{"TableName":"Simple","Item":{"pk":{"S":"b"},"a":{"S":"{{{{{large}}}}}"},"b":{"S":"{{{{{large}}}}}"}}}}]}""",
            "Item size has exceeded the maximum allowed size");
        var answer = await RefusedAsync(
            "TransactWriteItems",
            """{"TransactItems":[{"Update":{"TableName":"Simple","Key":{"pk":{"S":"a"}},"UpdateExpression":"SET b = a"}}]}""",
            "TransactionCanceledException",
            Cancelled + "[ValidationError]");
        Assert.Equal(
            "Item size to update has exceeded the maximum allowed size",
            (string?)answer["CancellationReasons"]![0]!["Message"]);
    }

    /// <summary>
    /// "The same token with the same request within ten minutes is the same transaction; with another request it is
    /// IdempotentParameterMismatchException." API Reference, TransactWriteItems.
    /// </summary>
    [Fact]
    public async Task A_token_makes_a_transaction_happen_once_in_ten_minutes()
    {
        const string Add = """
            "TransactItems":[{"Update":{"TableName":"Simple","Key":{"pk":{"S":"a"}},"UpdateExpression":"ADD n :v","ExpressionAttributeValues":{":v":{"N":"1"}}}}]
            """;
        const string Request = """{"ClientRequestToken":"t",""" + Add + "}";
        await OkAsync("TransactWriteItems", Request);
        await OkAsync("TransactWriteItems", Request);
        Assert.Equal("""{"Item":{"n":{"N":"1"},"pk":{"S":"a"}}}""", await GetAsync("a"));

        await RefusedAsync(
            "TransactWriteItems",
            Request.Replace("\"N\":\"1\"", "\"N\":\"2\"", StringComparison.Ordinal),
            "IdempotentParameterMismatchException",
            "The request uses the same client token as a previous, but non-identical request.");

        Time.Advance(TimeSpan.FromMinutes(10));
        await OkAsync("TransactWriteItems", Request);
        Assert.Equal("""{"Item":{"n":{"N":"2"},"pk":{"S":"a"}}}""", await GetAsync("a"));
    }

    [Fact]
    public async Task A_token_is_kept_only_for_a_transaction_that_was_done()
    {
        const string Request = """
            {"ClientRequestToken":"t","TransactItems":[{"ConditionCheck":{"TableName":"Simple","Key":{"pk":{"S":"a"}},"ConditionExpression":"attribute_exists(pk)"}},{"Put":{"TableName":"Simple","Item":{"pk":{"S":"b"}}}}]}
            """;
        await RefusedAsync(
            "TransactWriteItems", Request, "TransactionCanceledException", Cancelled + "[ConditionalCheckFailed, None]");
        await PutAsync("a");
        await OkAsync("TransactWriteItems", Request);
        Assert.Equal("""{"Item":{"pk":{"S":"b"}}}""", await GetAsync("b"));
    }

    [Theory]
    [InlineData("""{}""", "1 validation error detected: Value null at 'transactItems' failed to satisfy constraint: Member must not be null")]
    [InlineData("""{"TransactItems":[]}""", "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1")]
    [InlineData("""{"TransactItems":[{}]}""", "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request")]
    [InlineData("""{"TransactItems":[{"Put":{"TableName":"Simple","Item":{"pk":{"S":"a"}}},"Delete":{"TableName":"Simple","Key":{"pk":{"S":"a"}}}}]}""", "TransactItems can only contain one of Check, Put, Update or Delete")]
    [InlineData("""{"TransactItems":[{"Put":{}},{"ConditionCheck":{"TableName":"Simple","Key":{"pk":{"S":"a"}}}}]}""", "3 validation errors detected: Value null at 'transactItems.1.member.put.tableName' failed to satisfy constraint: Member must not be null; Value null at 'transactItems.1.member.put.item' failed to satisfy constraint: Member must not be null; Value null at 'transactItems.2.member.conditionCheck.conditionExpression' failed to satisfy constraint: Member must not be null")]
    [InlineData("""{"TransactItems":[{"Put":{"TableName":"Simple","Item":{"pk":{"S":"a"}}}},{"Delete":{"TableName":"Simple","Key":{"pk":{"S":"a"}}}}]}""", "Transaction request cannot include multiple operations on one item")]
    [InlineData("""{"ClientRequestToken":"","TransactItems":[{"Put":{"TableName":"Simple","Item":{"pk":{"S":"a"}}}}]}""", "1 validation error detected: Value '' at 'clientRequestToken' failed to satisfy constraint: Member must have length greater than or equal to 1")]
    [InlineData("""{"ClientRequestToken":"0123456789012345678901234567890123456","TransactItems":[{"Put":{"TableName":"Simple","Item":{"pk":{"S":"a"}}}}]}""", "1 validation error detected: Value '0123456789012345678901234567890123456' at 'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to 36")]
    [InlineData("""{"TransactItems":[{"Put":{"TableName":"Simple","Item":{"pk":{"S":"a"}},"ConditionExpression":"a = :v","ExpressionAttributeValues":{":v":{"N":"x"}}}}]}""", "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: x for key :v")]
    public async Task What_is_no_transaction_is_refused(string request, string message) =>
        await InvalidAsync("TransactWriteItems", request, message);

    /// <summary>"Up to 100 items." API Reference, TransactWriteItems.</summary>
    [Fact]
    public async Task A_transaction_has_at_most_100_actions()
    {
        await OkAsync("TransactWriteItems", Request(100));
        await InvalidAsync(
            "TransactWriteItems",
            Request(101),
            "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: "
            + "Member must have length less than or equal to 100");

        static string Request(int count)
        {
            var puts = string.Join(',', Enumerable.Range(0, count).Select(
                i => $$$$$"""{"Put":{"TableName":"Simple","Item":{"pk":{"S":"{{{{{i}}}}}"}}}}"""));
            return $$$$$"""{"TransactItems":[{{{{{puts}}}}}]}""";
        }
    }

    [Fact]
    public async Task A_transaction_has_at_most_4_MB_of_items()
    {
        var content = new string('x', 399_990);
        await OkAsync("TransactWriteItems", Request(10));
        await InvalidAsync(
            "TransactWriteItems", Request(11), "The aggregate size of the items in the transaction cannot exceed 4 MB");

        string Request(int count)
        {
            var puts = string.Join(',', Enumerable.Range(0, count).Select(
                i => $$$$$"""{"Put":{"TableName":"Simple","Item":{"pk":{"S":"{{{{{i}}}}}"},"a":{"S":"{{{{{content}}}}}"}}}}"""));
            return $$$$$"""{"TransactItems":[{{{{{puts}}}}}]}""";
        }
    }

    [Fact]
    public async Task A_missing_table_is_refused_before_repeated_items() =>
        await RefusedAsync(
            "TransactWriteItems",
            """{"TransactItems":[{"Put":{"TableName":"Simple","Item":{"pk":{"S":"a"}}}},{"Put":{"TableName":"Simple","Item":{"pk":{"S":"a"}}}},{"Put":{"TableName":"None","Item":{"pk":{"S":"a"}}}}]}""",
            "ResourceNotFoundException",
            "Requested resource not found");

    [Fact]
    public async Task Transactions_in_parallel_keep_a_sum()
    {
        for (var i = 0; i < 4; i++)
        {
            await PutAsync($"{i}", ""","n":{"N":"100"}""");
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                await OkAsync(
                    "TransactWriteItems",
                    $$$$$"""{"TransactItems":[{{{{{Add(thread, "1")}}}}},{{{{{Add((thread + 1 + (i % 3)) % 4, "-1")}}}}}]}""");
            }
        })));

        var sum = 0;
        for (var i = 0; i < 4; i++)
        {
            sum += int.Parse((string)JsonNode.Parse(await GetAsync($"{i}"))!["Item"]!["n"]!["N"]!, System.Globalization.CultureInfo.InvariantCulture);
        }

        Assert.Equal(400, sum);

        static string Add(int key, string value) =>
            $$$$$"""{"Update":{"TableName":"Simple","Key":{"pk":{"S":"{{{{{key}}}}}"}},"UpdateExpression":"ADD n :v","ExpressionAttributeValues":{":v":{"N":"{{{{{value}}}}}"}}}}""";
    }
}
