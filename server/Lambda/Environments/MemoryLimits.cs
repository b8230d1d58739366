using System.Security.Cryptography;
using System.Text;

namespace Storage.Server.Lambda.Environments;

/// <summary>
/// Limits the memory of environments by the best means this machine allows, chosen once. RLIMIT_AS is not among them:
/// runtimes reserve far more address space than they use.
/// </summary>
internal sealed class MemoryLimits : IDisposable
{
    private readonly ControlGroups? groups;
    private readonly MemorySampler? sampler;

    private MemoryLimits(MemoryMeans means, ControlGroups? groups)
    {
        Means = means;
        this.groups = groups;
        sampler = groups is null ? new MemorySampler() : null;
    }

    internal MemoryMeans Means { get; }

    /// <summary>The directory that holds the control groups of all environments, or null.</summary>
    internal string? GroupsDirectory => groups?.Directory;

    /// <param name="root">The executor's directory; the groups of two executors have different names.</param>
    /// <param name="wanted">Null for the best.</param>
    /// <exception cref="NotSupportedException">What is wanted is not there.</exception>
    internal static MemoryLimits Choose(string root, MemoryMeans? wanted)
    {
        var name = "storage-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(root)))[..16];
        foreach (var means in new[] { MemoryMeans.ControlGroup2, MemoryMeans.ControlGroup1 })
        {
            if (wanted is null || wanted == means)
            {
                if (ControlGroups.TryOpen(means, name) is { } groups)
                {
                    return new MemoryLimits(means, groups);
                }
            }
        }

        return wanted is null or MemoryMeans.Sampled
            ? new MemoryLimits(MemoryMeans.Sampled, null)
            : throw new NotSupportedException($"{wanted} is not available on this machine.");
    }

    /// <summary>A limit for one environment, before its process starts.</summary>
    internal MemoryBox Create(string environmentId, int megabytes)
    {
        var bytesMax = megabytes * 1024L * 1024;
        return new MemoryBox(groups?.Create(environmentId, bytesMax), groups, sampler, bytesMax);
    }

    /// <summary>Kills what an executor that was killed has left in its groups, and removes them.</summary>
    internal void Sweep() => groups?.Sweep();

    public void Dispose()
    {
        sampler?.Dispose();
        groups?.TryRemove();
    }
}
