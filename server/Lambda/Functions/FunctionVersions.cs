using System.Runtime.CompilerServices;

namespace Storage.Server.Lambda.Functions;

/// <summary>$LATEST and the published versions of a function, in order.</summary>
internal static class FunctionVersions
{
    /// <summary>What to go on behind.</summary>
    internal static string SortKeyOf(StoredFunction version) => version.Version.Version == FunctionReference.Latest
        ? FunctionKeys.Configuration
        : FunctionKeys.Version(version.Version.Version);

    /// <summary>Reads from the beginning, or behind a sort key. Nothing when there is no such function.</summary>
    internal static async IAsyncEnumerable<StoredFunction> ReadAsync(
        FunctionCatalog catalog, string name, string? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (await catalog.Table.ReadLatestAsync(name, cancellation).ConfigureAwait(false) is not { } latest)
        {
            yield break;
        }

        if (after is null)
        {
            yield return latest;
        }

        var behind = after == FunctionKeys.Configuration ? null : after;
        var items = catalog.Table.ReadAllAsync(name, FunctionKeys.VersionPrefix, behind, cancellation);
        await foreach (var item in items.ConfigureAwait(false))
        {
            yield return FunctionItem.Read(item, catalog.Home);
        }
    }
}
