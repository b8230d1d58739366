using System.Diagnostics.CodeAnalysis;
using Amazon.Runtime;
using Storage.Engine.Api;

namespace Storage.Engine.AwsSdk;

/// <summary>
/// Gives the AWS SDK an <see cref="HttpClient"/> that calls a store in this process: no socket, no port. Set it as
/// <see cref="ClientConfig.HttpClientFactory"/> of an <c>AmazonDynamoDBConfig</c>, or let
/// <see cref="StoreClientExtensions.CreateDynamoDBClient"/> do so.
/// </summary>
/// <remarks>The store is not owned: it outlives the clients and is disposed by whoever opened it.</remarks>
[SuppressMessage(
    "Design", "CA1001", Justification = "The SDK never disposes a factory, and the client holds no connection.")]
public sealed class StoreHttpClientFactory : HttpClientFactory
{
    private readonly HttpClient client;

    /// <summary>Routes requests to <paramref name="store"/>.</summary>
    public StoreHttpClientFactory(Store store)
    {
        ArgumentNullException.ThrowIfNull(store);
        var requestIds = new RequestIds(store.Options.Seed ?? Random.Shared.NextInt64());
        client = new HttpClient(new StoreMessageHandler(store, requestIds))
        {
            // Operations are bounded; a timer per request would cost more than most of them.
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>The same client always: without the SDK's cache it is asked for at every request.</summary>
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => client;

    /// <summary>
    /// False: the SDK's cache is keyed by configuration and static, so two stores of one process would share a client.
    /// </summary>
    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

    /// <summary>False: the next request gets the same one. It holds no connection, so nobody need dispose it.</summary>
    public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

    /// <summary>Null, as nothing is cached.</summary>
    public override string? GetConfigUniqueString(IClientConfig clientConfig) => null;
}
