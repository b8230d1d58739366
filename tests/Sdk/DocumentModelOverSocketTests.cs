using Amazon.DynamoDBv2;

namespace Storage.Tests.Sdk;

/// <summary>The same facts over a socket.</summary>
public sealed class DocumentModelOverSocketTests : DocumentModelTests
{
    internal override Task<(AmazonDynamoDBClient Client, IAsyncDisposable Behind)> OpenAsync() => OpenSocketAsync();
}
