using Xunit;

namespace Storage.Tests.Api;

/// <summary>UpdateItem.</summary>
public sealed class UpdateItemTests : ApiTest
{
    [Fact]
    public async Task An_update_without_an_expression_makes_the_bare_item()
    {
        Assert.Equal("{}", await OkAsync("UpdateItem", """{"TableName":"Simple","Key":{"pk":{"S":"a"}}}"""));
        Assert.Equal("""{"Item":{"pk":{"S":"a"}}}""", await GetAsync("a"));
    }

    /// <summary>ReturnValues. API Reference, UpdateItem; "UPDATED_* returns only touched paths".</summary>
    [Theory]
    [InlineData("NONE", "{}")]
    [InlineData("ALL_OLD", """{"Attributes":{"m":{"M":{"x":{"N":"1"},"y":{"N":"2"}}},"n":{"N":"1"},"pk":{"S":"a"}}}""")]
    [InlineData("UPDATED_OLD", """{"Attributes":{"m":{"M":{"x":{"N":"1"}}},"n":{"N":"1"}}}""")]
    [InlineData("ALL_NEW", """{"Attributes":{"m":{"M":{"x":{"N":"5"},"y":{"N":"2"}}},"n":{"N":"6"},"pk":{"S":"a"},"z":{"N":"5"}}}""")]
    [InlineData("UPDATED_NEW", """{"Attributes":{"m":{"M":{"x":{"N":"5"}}},"n":{"N":"6"},"z":{"N":"5"}}}""")]
    public async Task ReturnValues_show_the_whole_item_or_the_touched_paths(string values, string answer)
    {
        await PutAsync("a", ""","n":{"N":"1"},"m":{"M":{"x":{"N":"1"},"y":{"N":"2"}}}""");
        Assert.Equal(answer, await OkAsync(
            "UpdateItem",
            $$$$$"""{"TableName":"Simple","Key":{"pk":{"S":"a"}},"UpdateExpression":"SET m.x = :v, z = :v ADD n :v","ExpressionAttributeValues":{":v":{"N":"5"}},"ReturnValues":"{{{{{values}}}}}"}"""));
    }

    [Theory]
    [InlineData("ALL_OLD")]
    [InlineData("UPDATED_OLD")]
    public async Task A_new_item_has_no_old_attributes(string values) =>
        Assert.Equal("{}", await OkAsync(
            "UpdateItem",
            $$$$$"""{"TableName":"Simple","Key":{"pk":{"S":"a"}},"UpdateExpression":"SET n = :v","ExpressionAttributeValues":{":v":{"N":"5"}},"ReturnValues":"{{{{{values}}}}}"}"""));

    [Fact]
    public async Task An_update_that_removes_shows_no_new_attributes()
    {
        await PutAsync("a", ""","n":{"N":"1"}""");
        Assert.Equal("{}", await OkAsync(
            "UpdateItem",
            """{"TableName":"Simple","Key":{"pk":{"S":"a"}},"UpdateExpression":"REMOVE n","ReturnValues":"UPDATED_NEW"}"""));
        Assert.Equal("""{"Item":{"pk":{"S":"a"}}}""", await GetAsync("a"));
    }

    [Fact]
    public async Task An_update_that_changes_nothing_still_answers()
    {
        await PutAsync("a", ""","n":{"N":"1"}""");
        Assert.Equal("""{"Attributes":{"n":{"N":"1"},"pk":{"S":"a"}}}""", await OkAsync(
            "UpdateItem",
            """{"TableName":"Simple","Key":{"pk":{"S":"a"}},"UpdateExpression":"SET n = n","ReturnValues":"ALL_NEW"}"""));
    }

    [Fact]
    public async Task A_refused_condition_makes_no_item()
    {
        await RefusedAsync(
            "UpdateItem",
            """{"TableName":"Simple","Key":{"pk":{"S":"a"}},"UpdateExpression":"SET n = :v","ConditionExpression":"attribute_exists(pk)","ExpressionAttributeValues":{":v":{"N":"5"}},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}""",
            "ConditionalCheckFailedException",
            "The conditional request failed");
        Assert.Equal("{}", await GetAsync("a"));
    }

    [Theory]
    [InlineData("INVALID SYNTAX", "Invalid UpdateExpression: Syntax error; token: \"INVALID\", near: \"INVALID SYNTAX\"")]
    [InlineData("", "Invalid UpdateExpression: The expression can not be empty;")]
    [InlineData("SET pk = pk", "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key")]
    [InlineData("SET a = b", "The provided expression refers to an attribute that does not exist in the item")]
    [InlineData("SET a.b = pk", "The document path provided in the update expression is invalid for update")]
    public async Task An_update_that_cannot_be_is_refused(string expression, string message)
    {
        await InvalidAsync(
            "UpdateItem",
            $$$$$"""{"TableName":"Simple","Key":{"pk":{"S":"a"}},"UpdateExpression":"{{{{{expression}}}}}"}""",
            message);
        Assert.Equal("{}", await GetAsync("a"));
    }

    [Fact]
    public async Task An_update_cannot_make_an_item_larger_than_400_KB_nor_one_that_an_index_cannot_hold()
    {
        await PutAsync("a", $$$$$""","a":{"S":"{{{{{new string('x', 300_000)}}}}}"}""");
        await InvalidAsync(
            "UpdateItem",
            """{"TableName":"Simple","Key":{"pk":{"S":"a"}},"UpdateExpression":"SET b = a"}""",
            "Item size to update has exceeded the maximum allowed size");
        await InvalidAsync(
            "UpdateItem",
            """{"TableName":"Indexed","Key":{"pk":{"S":"a"},"sk":{"S":"b"}},"UpdateExpression":"SET gpk = :v","ExpressionAttributeValues":{":v":{"N":"1"}}}""",
            "One or more parameter values were invalid: Type mismatch for Index Key gpk Expected: S Actual: N IndexName: byG");
    }
}
