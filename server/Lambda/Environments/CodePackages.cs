namespace Storage.Server.Lambda.Environments;

/// <summary>
/// Unpacked code: one read-only directory per zip, shared by all environments that run it, whole or not there at all.
/// The last few that nobody runs stay.
/// </summary>
internal sealed class CodePackages(
    string root, Func<string, CancellationToken, ValueTask<byte[]>> readCode, long unzippedBytesMax) : IDisposable
{
    private const int UnusedMax = 16;

    private readonly SemaphoreSlim unpacking = new(1);
    private readonly Lock gate = new();
    private readonly Dictionary<string, int> users = [];
    private readonly List<string> unused = [];

    private string CodeDirectory => Path.Combine(root, "code");

    /// <summary>The directory of a zip's content, kept until <see cref="Release"/>.</summary>
    /// <exception cref="InvalidDataException">The zip is none, is too large, or would write elsewhere.</exception>
    internal async ValueTask<string> UseAsync(string blob, CancellationToken cancellation)
    {
        // The name becomes part of a path: a hash holds nothing that means anything there.
        var name = string.Concat(blob.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));
        var directory = Path.Combine(CodeDirectory, name);
        lock (gate)
        {
            users[directory] = users.GetValueOrDefault(directory) + 1;
            unused.Remove(directory);
        }

        try
        {
            if (!Directory.Exists(directory))
            {
                await unpacking.WaitAsync(cancellation);
                try
                {
                    if (!Directory.Exists(directory))
                    {
                        await UnpackAsync(blob, directory, cancellation);
                    }
                }
                finally
                {
                    unpacking.Release();
                }
            }

            return directory;
        }
        catch
        {
            Release(directory);
            throw;
        }
    }

    internal void Release(string directory)
    {
        string? removed = null;
        lock (gate)
        {
            if (--users[directory] > 0)
            {
                return;
            }

            users.Remove(directory);
            unused.Add(directory);
            if (unused.Count > UnusedMax)
            {
                removed = unused[0];
                unused.RemoveAt(0);

                // Under another name first, and while nobody can ask for it: what has the name is whole.
                var grave = $"{removed}.removed-{Guid.NewGuid():N}";
                if (Directory.Exists(removed))
                {
                    Directory.Move(removed, grave);
                }

                removed = grave;
            }
        }

        if (removed is not null)
        {
            Delete(removed);
        }
    }

    /// <summary>Removes all: read-only directories would be in the way of whoever removes the store.</summary>
    public void Dispose()
    {
        unpacking.Dispose();
        Delete(CodeDirectory);
    }

    /// <summary>Deletes a tree of ours, read-only directories included.</summary>
    internal static void Delete(string directory)
    {
        if (!Directory.Exists(directory))
        {
            return;
        }

        var pending = new Stack<DirectoryInfo>([new DirectoryInfo(directory)]);
        while (pending.TryPop(out var next))
        {
            if (next.LinkTarget is null && !OperatingSystem.IsWindows())
            {
                next.UnixFileMode |= UnixFileMode.UserWrite | UnixFileMode.UserRead | UnixFileMode.UserExecute;
                foreach (var child in next.EnumerateDirectories())
                {
                    pending.Push(child);
                }
            }
        }

        Directory.Delete(directory, recursive: true);
    }

    private async Task UnpackAsync(string blob, string directory, CancellationToken cancellation)
    {
        var zip = await readCode(blob, cancellation);
        var temporary = $"{directory}.new-{Guid.NewGuid():N}";
        Directory.CreateDirectory(temporary);
        try
        {
            await Task.Run(() => CodeArchive.Unpack(zip, temporary, unzippedBytesMax), cancellation);
            Directory.Move(temporary, directory);
        }
        catch
        {
            Delete(temporary);
            throw;
        }
    }
}
