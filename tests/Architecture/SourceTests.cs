using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Xunit;

namespace Storage.Tests.Architecture;

/// <summary>How the sources are cut.</summary>
public sealed partial class SourceTests
{
    private const int LinesMax = 500;

    [Fact]
    public void No_source_file_is_longer_than_500_lines() =>
        Assert.Empty(Sources("engine", "server")
            .Select(path => (path, Lines: File.ReadLines(path).Count()))
            .Where(file => file.Lines > LinesMax)
            .Select(file => $"{file.path}: {file.Lines} lines"));

    [Fact]
    public void No_type_is_named_after_nothing() =>
        Assert.Empty(Sources("engine", "server", "tests", "bench")
            .SelectMany(path => VagueType().Matches(File.ReadAllText(path)).Select(match => $"{path}: {match.Value}")));

    [Fact]
    public void Nothing_is_left_to_be_written() =>
        Assert.DoesNotContain(Sources("engine", "server"), path => Unfinished().IsMatch(File.ReadAllText(path)));

    /// <summary>The repository, found from this file's own place.</summary>
    internal static string Repository([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));

    private static IEnumerable<string> Sources(params string[] folders) =>
        folders
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository(), folder), "*.cs", SearchOption.AllDirectories))
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    // A commit manager is FASTER's own word for a thing that the log must hand it.
    [GeneratedRegex(@"\b(class|struct|record|interface|enum)\s+\w*(Utils?|Utilit(y|ies)|Helpers?|(?<!Commit)Managers?)\b")]
    private static partial Regex VagueType();

    [GeneratedRegex(@"\bTO" + "DO" + @"\b|\bNotImplementedException\b")]
    private static partial Regex Unfinished();
}
