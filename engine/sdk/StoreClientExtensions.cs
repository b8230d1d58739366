using Amazon.DynamoDBv2;
using Amazon.Runtime;

namespace Storage.Engine.AwsSdk;

/// <summary>The AWS SDK's DynamoDB client on a store in this process.</summary>
public static class StoreClientExtensions
{
    // Never resolved: requests end in the factory's handler. A name that cannot exist (RFC 6761) shows a leak at once.
    private const string Host = "storage.invalid";

    /// <summary>
    /// An unmodified <see cref="AmazonDynamoDBClient"/> that talks to <paramref name="store"/> without a socket; the
    /// object persistence (<c>DynamoDBContext</c>) and document models work on it as on AWS. Thread-safe; dispose it
    /// before the store.
    /// </summary>
    /// <param name="store">Stays owned by the caller.</param>
    /// <param name="configure">Changes the configuration before the client is made; e.g. MaxErrorRetry.</param>
    /// <remarks>
    /// Requests are not signed and not retried (<c>MaxErrorRetry</c> 0): the store answers once and truthfully. Errors
    /// arrive as the SDK's own exceptions.
    /// </remarks>
    public static AmazonDynamoDBClient CreateDynamoDBClient(this Store store, Action<AmazonDynamoDBConfig>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        var config = new AmazonDynamoDBConfig
        {
            // One of its own for each client: the SDK keeps table descriptions in a static cache by URL and table name,
            // and another store's table of that name may have another key.
            ServiceURL = $"http://{Guid.NewGuid():N}.{Host}",
            AuthenticationRegion = store.Options.Region,
            HttpClientFactory = new StoreHttpClientFactory(store),
            MaxErrorRetry = 0,
            UseHttp = true,
        };
        configure?.Invoke(config);
        return new AmazonDynamoDBClient(new AnonymousAWSCredentials(), config);
    }
}
