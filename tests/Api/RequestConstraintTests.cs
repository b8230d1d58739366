using Xunit;

namespace Storage.Tests.Api;

/// <summary>What is checked before any table is looked at. Texts captured from DynamoDB.</summary>
public sealed class RequestConstraintTests : ApiTest
{
    public static TheoryData<string, string> Operations => new()
    {
        { "GetItem", "Key" },
        { "PutItem", "Item" },
        { "UpdateItem", "Key" },
        { "DeleteItem", "Key" },
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task TableName_and_item_are_required(string operation, string item)
    {
        await InvalidAsync(
            operation, "{}", "The parameter 'TableName' is required but was not present in the request");
        await InvalidAsync(
            operation,
            """{"TableName":"Simple"}""",
            $"The parameter '{item}' is required but was not present in the request");
    }

    [Theory]
    [InlineData("", "Member must have length greater than or equal to 1")]
    [InlineData("ab", "Member must have length greater than or equal to 3")]
    [InlineData("bad table!@#", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")]
    public async Task A_table_name_has_3_to_255_characters_of_a_pattern(string name, string constraint) =>
        await InvalidAsync(
            "PutItem",
            $$"""{"TableName":"{{name}}"}""",
            $"1 validation error detected: Value at 'TableName' failed to satisfy constraint: {constraint}");

    [Fact]
    public async Task A_table_name_may_have_255_characters_and_not_one_more()
    {
        await RefusedAsync(
            "GetItem",
            $$$$$"""{"TableName":"{{{{{new string('a', 255)}}}}}","Key":{"pk":{"S":"a"}}}""",
            "ResourceNotFoundException",
            "Requested resource not found");
        await InvalidAsync(
            "GetItem",
            $$"""{"TableName":"{{new string('a', 256)}}"}""",
            "1 validation error detected: Value at 'TableName' failed to satisfy constraint: "
            + "Member must have length less than or equal to 255");
    }

    [Fact]
    public async Task Enum_values_are_checked_and_all_constraints_named_at_once()
    {
        await InvalidAsync(
            "PutItem",
            """{"TableName":"Simple","ReturnValues":"X"}""",
            "1 validation error detected: Value 'X' at 'returnValues' failed to satisfy constraint: "
            + "Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]");
        await InvalidAsync(
            "GetItem",
            """{"TableName":"Simple","ReturnConsumedCapacity":"total"}""",
            "1 validation error detected: Value 'total' at 'returnConsumedCapacity' failed to satisfy constraint: "
            + "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]");
        await InvalidAsync(
            "DeleteItem",
            """{"TableName":"Simple","ReturnItemCollectionMetrics":"X","ReturnValuesOnConditionCheckFailure":"Y"}""",
            "2 validation errors detected: Value 'X' at 'returnItemCollectionMetrics' failed to satisfy constraint: "
            + "Member must satisfy enum value set: [SIZE, NONE]; "
            + "Value 'Y' at 'returnValuesOnConditionCheckFailure' failed to satisfy constraint: "
            + "Member must satisfy enum value set: [ALL_OLD, NONE]");
    }

    [Theory]
    [InlineData("PutItem", "Item")]
    [InlineData("DeleteItem", "Key")]
    public async Task Put_and_delete_return_only_what_was(string operation, string item)
    {
        foreach (var values in (string[])["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
        {
            await InvalidAsync(
                operation,
                $$$$$"""{"TableName":"Simple","{{{{{item}}}}}":{"pk":{"S":"a"}},"ReturnValues":"{{{{{values}}}}}"}""",
                "Return values set to invalid value");
        }
    }

    [Theory]
    [InlineData("PutItem", "Item", "ConditionExpression is null")]
    [InlineData("DeleteItem", "Key", "ConditionExpression is null")]
    [InlineData("UpdateItem", "Key", "UpdateExpression and ConditionExpression are null")]
    public async Task Placeholders_need_an_expression(string operation, string item, string absent)
    {
        await InvalidAsync(
            operation,
            $$$$$"""{"TableName":"None","{{{{{item}}}}}":{"pk":{"S":"a"}},"ExpressionAttributeValues":{":v":{"S":"a"}}}""",
            "ExpressionAttributeValues can only be specified when using expressions: " + absent);
        await InvalidAsync(
            operation,
            $$$$$"""{"TableName":"None","{{{{{item}}}}}":{"pk":{"S":"a"}},"ExpressionAttributeNames":{"#n":"a"}}""",
            "ExpressionAttributeNames can only be specified when using expressions");
    }

    [Fact]
    public async Task Placeholders_are_used_and_defined()
    {
        await Condition("attribute_exists(a)", "\"#unused\":\"x\"", null, "Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}");
        await Condition("a = :v", null, "\":v\":{\"S\":\"x\"},\":unused\":{\"S\":\"x\"}", "Value provided in ExpressionAttributeValues unused in expressions: keys: {:unused}");
        await Condition("a = :v", null, null, "Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :v");
        await Condition("attribute_exists(a)", "", null, "ExpressionAttributeNames must not be empty");
        await Condition("attribute_exists(a)", null, "", "ExpressionAttributeValues must not be empty");
        await Condition("", null, null, "Invalid ConditionExpression: The expression can not be empty;");
        await Condition("attribute_exists(#a)", "\"#a\":\"\"", null, "ExpressionAttributeNames contains invalid value: Attribute name must have 1 to 65535 bytes for key #a");

        Task Condition(string expression, string? names, string? values, string message) => InvalidAsync(
            "PutItem",
            $$$$$"""{"TableName":"None","Item":{"pk":{"S":"a"}},"ConditionExpression":"{{{{{expression}}}}}"{{{{{Member("Names", names)}}}}}{{{{{Member("Values", values)}}}}}}""",
            message);

        static string Member(string which, string? content) =>
            content is null ? string.Empty : $$$$$""","ExpressionAttribute{{{{{which}}}}}":{{{{{{content}}}}}}""";
    }

    /// <summary>"Expression syntax → undefined/unused placeholders → table exists → key schema."</summary>
    [Fact]
    public async Task Refusals_come_in_the_order_of_DynamoDB()
    {
        await InvalidAsync(
            "PutItem",
            """{"TableName":"None","Item":{},"ConditionExpression":"a = ="}""",
            "Invalid ConditionExpression: Syntax error; token: \"=\", near: \"= =\"");
        await RefusedAsync(
            "PutItem", """{"TableName":"None","Item":{}}""", "ResourceNotFoundException", "Requested resource not found");
        await InvalidAsync(
            "PutItem",
            """{"TableName":"Simple","Item":{}}""",
            "One or more parameter values were invalid: Missing the key pk in the item");
    }
}
