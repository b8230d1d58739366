#region README
using Amazon.DynamoDBv2;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Storage.Engine;
using Storage.Engine.AwsSdk;
#endregion

namespace ReadmeSamples;

internal static class Hosted
{
    internal static async Task RunAsync()
    {
        #region README
        var builder = WebApplication.CreateBuilder();
        builder.Services.AddStorage(new StoreOptions()); // in memory; AddStorage("./data") keeps it
        await using var app = builder.Build();

        var client = app.Services.GetRequiredService<IAmazonDynamoDB>();
        Console.WriteLine((await client.ListTablesAsync()).TableNames.Count);
        #endregion
    }
}
