using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Storage.Bench;

/// <summary>A table in Markdown with a line about the machine: printed, and kept under bench/results when asked for.</summary>
internal sealed class Report
{
    private readonly StringBuilder text = new();

    internal Report(string title, string dataDirectory, params string[] columns)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"# {title}").AppendLine();
        text.AppendLine(Machine(dataDirectory)).AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", columns)} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"|{string.Concat(columns.Select((_, i) => i == 0 ? "---|" : "---:|"))}");
    }

    internal void Row(params string[] cells) =>
        text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |");

    internal void Line(string line) => text.AppendLine().AppendLine(line);

    internal void Finish(string name, bool save)
    {
        Console.WriteLine();
        Console.Write(text);
        if (!save)
        {
            return;
        }

        var directory = Path.Combine(RepositoryRoot(), "bench", "results");
        Directory.CreateDirectory(directory);
        var file = Path.Combine(directory, $"{DateTime.UtcNow.ToString("yyyy-MM-dd-HHmm", CultureInfo.InvariantCulture)}-{name}.md");
        File.WriteAllText(file, text.ToString());
        Console.WriteLine($"\nSaved as {Path.GetRelativePath(Directory.GetCurrentDirectory(), file)}.");
    }

    private static string Machine(string dataDirectory)
    {
        var model = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30;
        return $"Machine: {Environment.ProcessorCount} cores ({model?.Split(':')[^1].Trim() ?? "unknown"}), {memory} GB, "
            + $"{RuntimeInformation.OSDescription}, .NET {Environment.Version}, data on {FileSystem(dataDirectory)}, "
            + $"{DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC.";
    }

    private static string FileSystem(string directory)
    {
        // The longest mount point that contains the directory is the one that holds it.
        var full = Path.GetFullPath(directory);
        return DriveInfo.GetDrives()
            .Where(drive => full.StartsWith(drive.Name, StringComparison.Ordinal))
            .OrderByDescending(drive => drive.Name.Length)
            .FirstOrDefault()?.DriveFormat ?? "an unknown file system";
    }

    private static string RepositoryRoot()
    {
        for (var at = new DirectoryInfo(Directory.GetCurrentDirectory()); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Storage.sln")))
            {
                return at.FullName;
            }
        }

        return Directory.GetCurrentDirectory();
    }
}
