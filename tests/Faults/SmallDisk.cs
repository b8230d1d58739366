using System.Diagnostics;
using System.Globalization;

namespace Storage.Faults;

/// <summary>
/// A file system of a few megabytes in memory, in a mount namespace of its own: only programs started by
/// <see cref="Command"/> see it, and it is gone when this is disposed or this process ends, however it ends.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    /// <summary>Arguments of <c>unshare</c> that must work for this.</summary>
    internal const string Namespaces = "-rm";

    private readonly Process holder;

    private SmallDisk(Process holder, string directory)
    {
        this.holder = holder;
        Directory = directory;
    }

    /// <summary>Where it is mounted for those that see it; an empty directory for all others.</summary>
    internal string Directory { get; }

    /// <summary>Makes one.</summary>
    /// <param name="directory">An existing directory.</param>
    /// <param name="megabytes">Its size.</param>
    internal static async Task<SmallDisk> MountAsync(string directory, int megabytes)
    {
        // The shell holds the namespace until its input ends, which it does with this process at the latest.
        var script = string.Create(
            CultureInfo.InvariantCulture, $"mount -t tmpfs -o size={megabytes}m tmpfs \"$1\" && echo mounted && exec cat");
        var start = new ProcessStartInfo("unshare", [Namespaces, "sh", "-c", script, "sh", directory])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var disk = new SmallDisk(Process.Start(start)!, directory);
        if (await disk.holder.StandardOutput.ReadLineAsync() == "mounted")
        {
            return disk;
        }

        disk.Dispose();
        throw new InvalidOperationException("The small disk could not be mounted.");
    }

    /// <summary>A command that runs another one where the disk is seen.</summary>
    internal IReadOnlyList<string> Command(params IEnumerable<string> command) =>
    [
        "nsenter", "--target", holder.Id.ToString(CultureInfo.InvariantCulture), "--user", "--mount", "--preserve-credentials",
        "--", .. command,
    ];

    /// <summary>Gives it another size.</summary>
    internal async Task ResizeAsync(int megabytes)
    {
        var size = string.Create(CultureInfo.InvariantCulture, $"remount,size={megabytes}m");
        var command = Command("mount", "-o", size, Directory);
        using var mount = Process.Start(command[0], command.Skip(1));
        await mount.WaitForExitAsync();
        if (mount.ExitCode != 0)
        {
            throw new InvalidOperationException("The small disk could not be resized.");
        }
    }

    public void Dispose()
    {
        holder.StandardInput.Close();
        holder.WaitForExit();
        holder.Dispose();
    }
}
