using Storage.Engine;
using Storage.Engine.Model;
using Xunit;

namespace Storage.Tests.Api;

/// <summary>"Hot paths: bytes and spans, no strings, no object per attribute." A request's scope is used again.</summary>
public sealed class AllocationTests
{
    [Theory]
    [InlineData("GetItem", """{"TableName":"Simple","Key":{"pk":{"S":"a"}},"ConsistentRead":true}""")]
    [InlineData("GetItem", """{"TableName":"Simple","Key":{"pk":{"S":"a"}},"ProjectionExpression":"#a, b","ExpressionAttributeNames":{"#a":"a"},"ReturnConsumedCapacity":"TOTAL"}""")]
    [InlineData("PutItem", """{"TableName":"Simple","Item":{"pk":{"S":"a"},"a":{"N":"1"},"b":{"S":"text"},"c":{"L":[{"BOOL":true}]}}}""")]
    [InlineData("UpdateItem", """{"TableName":"Simple","Key":{"pk":{"S":"a"}},"UpdateExpression":"SET d = :v","ConditionExpression":"attribute_exists(a)","ExpressionAttributeValues":{":v":{"N":"1"}},"ReturnValues":"UPDATED_NEW"}""")]
    [InlineData("PutItem", """{"TableName":"Simple","Item":{"pk":{"S":"a"}},"ConditionExpression":"attribute_not_exists(a)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}""")]
    public async Task A_request_of_one_item_allocates_next_to_nothing(string operation, string request)
    {
        await using var store = await Engine.Store.OpenAsync(new StoreOptions { Seed = 1 });
        await store.CreateTableAsync(new TableDefinition
        {
            Name = "Simple",
            Key = new KeySchema(new KeyAttribute("pk", AttributeType.S)),
        });
        await store.PutAsync("Simple", Item.Of(("pk", "a"), ("a", 1), ("b", "text"), ("c", AttributeValue.List(true))));
        var each = RepeatedRequest.BytesAllocated(store, operation, request);
        Assert.True(each <= 64, $"{each} bytes a request");
    }
}
