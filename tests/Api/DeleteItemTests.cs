using Xunit;

namespace Storage.Tests.Api;

/// <summary>DeleteItem.</summary>
public sealed class DeleteItemTests : ApiTest
{
    [Fact]
    public async Task A_deleted_item_is_gone_and_deleting_it_again_succeeds()
    {
        const string Request = """{"TableName":"Simple","Key":{"pk":{"S":"a"}},"ReturnValues":"ALL_OLD"}""";
        await PutAsync("a", ""","n":{"N":"1"}""");
        Assert.Equal("""{"Attributes":{"n":{"N":"1"},"pk":{"S":"a"}}}""", await OkAsync("DeleteItem", Request));
        Assert.Equal("{}", await GetAsync("a"));
        Assert.Equal("{}", await OkAsync("DeleteItem", Request));
    }

    [Fact]
    public async Task A_refused_condition_keeps_the_item()
    {
        await PutAsync("a", ""","n":{"N":"1"}""");
        var answer = await RefusedAsync(
            "DeleteItem",
            """{"TableName":"Simple","Key":{"pk":{"S":"a"}},"ConditionExpression":"n > :v","ExpressionAttributeValues":{":v":{"N":"1"}},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}""",
            "ConditionalCheckFailedException",
            "The conditional request failed");
        Assert.Equal("""{"n":{"N":"1"},"pk":{"S":"a"}}""", answer["Item"]!.ToJsonString());
        Assert.Equal("""{"Item":{"n":{"N":"1"},"pk":{"S":"a"}}}""", await GetAsync("a"));
    }
}
