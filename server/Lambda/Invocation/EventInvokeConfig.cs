namespace Storage.Server.Lambda.Invocation;

/// <summary>How asynchronous calls of a function, version or alias are tried. What is null is the account's default.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Qualifier"><c>$LATEST</c>, a version or an alias.</param>
/// <param name="LastModified">When it was changed.</param>
internal sealed record EventInvokeConfig(string Name, string Qualifier, DateTimeOffset LastModified)
{
    /// <summary>0 to 2.</summary>
    internal int? RetriesMax { get; init; }

    /// <summary>60 s to 6 h; counts for events that come from then on.</summary>
    internal TimeSpan? EventAgeMax { get; init; }
}
