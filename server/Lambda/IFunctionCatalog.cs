namespace Storage.Server.Lambda;

/// <summary>A function as a call finds it.</summary>
/// <param name="Version">What runs.</param>
/// <param name="InvokedArn">The ARN with the qualifier that was asked for, if any.</param>
internal sealed record ResolvedFunction(FunctionVersion Version, string InvokedArn);

/// <summary>What the other parts of the layer ask of the stored functions.</summary>
internal interface IFunctionCatalog
{
    /// <summary>Finds by name, partial ARN or ARN; an alias picks a version by its weights. Null when there is none.</summary>
    ValueTask<ResolvedFunction?> FindAsync(string function, string? qualifier, CancellationToken cancellation);

    /// <summary>The ARN that a name, partial ARN or ARN means, with the qualifier if there is one, whether it is there or not.</summary>
    string ArnOf(string function, string? qualifier);

    /// <summary>Reserved concurrency of a function, or null.</summary>
    int? ReservedConcurrency(string name);

    /// <summary>Sum of all reservations.</summary>
    int ReservedConcurrencyTotal { get; }

    /// <summary>How asynchronous calls of the function, version or alias are tried; null where nothing was said.</summary>
    ValueTask<EventInvokeConfig?> FindEventInvokeConfigAsync(
        string function, string? qualifier, CancellationToken cancellation) => ValueTask.FromResult<EventInvokeConfig?>(null);

    /// <summary>Raised after a function's code, configuration or reservation changed, or it was deleted; its name is given.</summary>
    event Action<string>? Changed;
}
