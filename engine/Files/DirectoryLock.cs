using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Storage.Engine.Files;

/// <summary>
/// One opener at a time: an exclusively locked file in the store's directory that says in plain text who holds it.
/// The operating system drops the lock when the process ends, however it ends.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    /// <summary>Name of the locked file. It stays behind, empty, when a store is closed.</summary>
    internal const string FileName = "LOCK";

    private const int TextBytesMax = 1024;
    private readonly SafeFileHandle handle;

    private DirectoryLock(SafeFileHandle handle) => this.handle = handle;

    /// <summary>Locks a store's directory, creating it when it is missing.</summary>
    /// <exception cref="IOException">Another opener, in this process or another, has it; the text names the holder.</exception>
    internal static DirectoryLock Take(string directory, TimeProvider time)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, FileName);
        SafeFileHandle handle;
        try
        {
            // None is an advisory exclusive lock on Unix, where everyone may still read the text. Windows enforces
            // sharing, so there reading is allowed by name.
            var share = OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None;
            handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share);
        }
        catch (IOException refusal) when (IsHeldByAnother(refusal))
        {
            throw new IOException(
                $"The store in {directory} is open in {ReadHolder(path)}; close it or use another directory.", refusal);
        }

        try
        {
            RandomAccess.SetLength(handle, 0);
            RandomAccess.Write(handle, System.Text.Encoding.UTF8.GetBytes(Describe(time)), 0);
            return new DirectoryLock(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (!handle.IsClosed)
        {
            // The file is emptied, not deleted: between a deletion and the close another opener could lock the
            // nameless file while a third creates a new one.
            RandomAccess.SetLength(handle, 0);
            handle.Dispose();
        }
    }

    private static string Describe(TimeProvider time)
    {
        var since = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        // The program's own name: the process of a program started by the SDK is only called dotnet.
        return $"pid {Environment.ProcessId}\nprocess {AppDomain.CurrentDomain.FriendlyName}\nmachine {Environment.MachineName}\nsince {since}\n";
    }

    /// <summary>Sharing violation: 32 or 33 on Windows, EWOULDBLOCK on Linux (11) and macOS (35).</summary>
    private static bool IsHeldByAnother(IOException refusal) =>
        refusal.GetType() == typeof(IOException) && (refusal.HResult & 0xFFFF) is 32 or 33 or 11 or 35;

    private static string ReadHolder(string path)
    {
        try
        {
            using var file = OperatingSystem.IsWindows()
                ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)
                : UnixCalls.OpenToRead(path);
            var text = new byte[TextBytesMax];
            return Name(System.Text.Encoding.UTF8.GetString(text, 0, RandomAccess.Read(file, text, 0)).Split('\n'));
        }
        catch (IOException)
        {
            return "another process";
        }
    }

    private static string Name(string[] lines)
    {
        string? Find(string name) =>
            Array.Find(lines, line => line.StartsWith(name + " ", StringComparison.Ordinal))?[(name.Length + 1)..];

        if (Find("pid") is not { } pid)
        {
            return "another process"; // which took the lock just now and has not written its name yet
        }

        var machine = Find("machine");
        var where = machine is null || machine == Environment.MachineName ? "" : $" on {machine}";
        return $"process {pid} ({Find("process")}){where} since {Find("since")}";
    }
}
