#region README
using Amazon.DynamoDBv2.Model;
using Storage.Engine;
using Storage.Engine.AwsSdk;
#endregion

namespace ReadmeSamples;

internal static class EmbeddedSdk
{
    internal static async Task RunAsync()
    {
        #region README
        await using var store = await Store.OpenAsync("./music-sdk");
        using var client = store.CreateDynamoDBClient(); // AWS's own AmazonDynamoDBClient, without a socket

        if (!(await client.ListTablesAsync()).TableNames.Contains("Music"))
        {
            await client.CreateTableAsync(new CreateTableRequest
            {
                TableName = "Music",
                AttributeDefinitions = [new("Artist", "S"), new("Song", "S")],
                KeySchema = [new("Artist", "HASH"), new("Song", "RANGE")],
                BillingMode = "PAY_PER_REQUEST",
            });
        }

        await client.PutItemAsync("Music", new() { ["Artist"] = new("Nina Simone"), ["Song"] = new("Feeling Good") });
        var answer = await client.GetItemAsync("Music", new() { ["Artist"] = new("Nina Simone"), ["Song"] = new("Feeling Good") });
        Console.WriteLine(answer.Item["Song"].S);
        #endregion
    }
}
