namespace Storage.Server.Lambda.Environments;

/// <summary>How the memory of environments is limited, best first.</summary>
internal enum MemoryMeans
{
    /// <summary>A control group of version 2 for each environment.</summary>
    ControlGroup2,

    /// <summary>A memory control group of version 1 for each environment.</summary>
    ControlGroup1,

    /// <summary>A look at the resident memory of its processes every few milliseconds, and a limit of their data segments.</summary>
    Sampled,
}
