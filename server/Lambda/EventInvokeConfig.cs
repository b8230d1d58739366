namespace Storage.Server.Lambda;

/// <summary>How asynchronous calls of a function, version or alias are tried. Null means the server's own setting.</summary>
internal sealed record EventInvokeConfig
{
    /// <summary>0 to 2.</summary>
    internal int? MaximumRetryAttempts { get; init; }

    /// <summary>60 to 21,600.</summary>
    internal int? MaximumEventAgeSeconds { get; init; }

    internal required DateTimeOffset LastModified { get; init; }
}
