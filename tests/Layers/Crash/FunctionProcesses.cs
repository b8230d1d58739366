using System.Text;
using Xunit;

namespace Storage.Layers.Tests.Crash;

/// <summary>Processes of functions, found by the mark that every one inherits: its task root below the store's directory.</summary>
internal static class FunctionProcesses
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Process ids whose environment names a task root below a directory.</summary>
    internal static IReadOnlyList<int> Find(string directory)
    {
        var mark = Encoding.UTF8.GetBytes("LAMBDA_TASK_ROOT=" + directory);
        return [.. Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), out var id) ? id : 0)
            .Where(id => id > 0 && EnvironmentOf(id).AsSpan().IndexOf(mark) >= 0)];
    }

    /// <summary>Waits until there is none; whoever kills them does it after the server is gone.</summary>
    internal static async Task WaitUntilGoneAsync(string directory)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (Find(directory) is { Count: > 0 } left)
        {
            Assert.False(limit.IsCancellationRequested, $"Processes of functions outlive the server: {string.Join(", ", left)}");
            await Task.Delay(10);
        }
    }

    private static byte[] EnvironmentOf(int id)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{id}/environ");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
