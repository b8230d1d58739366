using Amazon.DynamoDBv2;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Storage.Engine.AwsSdk;

/// <summary>Registers a store and the AWS SDK's client on it.</summary>
public static class StorageServiceCollectionExtensions
{
    /// <summary>
    /// Registers the store in <paramref name="directory"/> as <see cref="Store"/> and an <see cref="IAmazonDynamoDB"/>
    /// that talks to it.
    /// </summary>
    /// <inheritdoc cref="AddStorage(IServiceCollection, StoreOptions)" path="/remarks"/>
    public static IServiceCollection AddStorage(this IServiceCollection services, string directory) =>
        services.AddStorage(new StoreOptions { Directory = directory });

    /// <summary>
    /// Registers a store as <see cref="Store"/> and an <see cref="IAmazonDynamoDB"/> that talks to it, both singletons.
    /// </summary>
    /// <remarks>
    /// The store is opened when it is first asked for, on that thread, and fails there as
    /// <see cref="Store.OpenAsync(StoreOptions, CancellationToken)"/> does. The container closes it, which needs its
    /// <c>DisposeAsync</c>; hosts call that.
    /// </remarks>
    public static IServiceCollection AddStorage(this IServiceCollection services, StoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);

        // A container resolves synchronously. The opening runs on the pool, so that no caller's context is waited for.
        services.TryAddSingleton(_ => Task.Run(() => Store.OpenAsync(options).AsTask()).GetAwaiter().GetResult());

        // Made after the store and so disposed before it.
        services.TryAddSingleton<IAmazonDynamoDB>(provider => provider.GetRequiredService<Store>().CreateDynamoDBClient());
        return services;
    }
}
