namespace Storage.Server.Lambda.Environments;

/// <summary>
/// The directories of one environment. <see cref="Task"/> is a link to the unpacked code; its own path, in
/// LAMBDA_TASK_ROOT, is the mark by which every process of the environment is found.
/// </summary>
internal sealed record EnvironmentPaths(string Root, string Id)
{
    internal string Directory => $"{Root}/environments/{Id}";

    internal string Task => $"{Directory}/task";

    /// <summary>LAMBDA_RUNTIME_DIR, the bootstraps, the same for all environments.</summary>
    internal string Runtime => $"{Root}/runtime";

    /// <summary>What a variable of each of its processes begins with, and no other process's.</summary>
    internal string Mark => $"LAMBDA_TASK_ROOT={Directory}/";
}
