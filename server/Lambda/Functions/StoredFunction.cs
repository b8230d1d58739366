namespace Storage.Server.Lambda.Functions;

/// <summary>How far a function or version is. Source: Lambda's service model, State.</summary>
internal enum FunctionState
{
    /// <summary>Stored; its package has not been read back yet.</summary>
    Pending,

    Active,

    /// <summary>Its package is damaged.</summary>
    Failed,
}

/// <summary>How far the last change of a function is. Source: Lambda's service model, LastUpdateStatus.</summary>
internal enum UpdateStatus
{
    InProgress,

    Successful,

    Failed,
}

/// <summary>A function's <c>$LATEST</c> or one of its versions, as stored.</summary>
/// <param name="Version">What runs.</param>
internal sealed record StoredFunction(FunctionVersion Version)
{
    internal FunctionState State { get; init; } = FunctionState.Active;

    internal UpdateStatus Update { get; init; } = UpdateStatus.Successful;

    /// <summary>Of $LATEST: the number of the version published last; 0 before the first. Numbers are never given twice.</summary>
    internal long LastPublished { get; init; }

    /// <summary>Of $LATEST: the version published by the change that is not settled yet, or 0.</summary>
    internal long UnsettledVersion { get; init; }

    /// <summary>Of $LATEST: for clients the function is gone; what is left of its items is being deleted.</summary>
    internal bool IsDeleting { get; init; }

    /// <summary>Of a version: the description $LATEST had then; the version's own may be another.</summary>
    internal string SourceDescription { get; init; } = string.Empty;

    /// <summary>
    /// Of $LATEST: new at every change of any item of the function. Every change is conditional on the stamp it read, so
    /// changes of one function are serial. Not RevisionId: clients see that one, and it stays when a state settles.
    /// </summary>
    internal string Stamp { get; init; } = string.Empty;

    internal bool IsSettled => State != FunctionState.Pending && Update != UpdateStatus.InProgress;

    /// <summary>Whether publishing <paramref name="latest"/> would give a version with the code and configuration of this one.</summary>
    internal bool HoldsWhat(FunctionVersion latest)
    {
        var mine = Version;
        return mine.CodeSha256 == latest.CodeSha256
            && mine.Runtime == latest.Runtime
            && mine.Handler == latest.Handler
            && mine.RoleArn == latest.RoleArn
            && SourceDescription == latest.Description
            && mine.TimeoutSeconds == latest.TimeoutSeconds
            && mine.MemoryMegabytes == latest.MemoryMegabytes
            && mine.EphemeralMegabytes == latest.EphemeralMegabytes
            && mine.Architecture == latest.Architecture
            && mine.Environment.SequenceEqual(latest.Environment);
    }
}
