using System.Globalization;
using Storage.Engine.Partitions;
using Storage.Tests.Architecture;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Partitions;

/// <summary>The worked example of a run in docs/FILE_FORMATS.md is the file that the code writes.</summary>
public sealed class RunFormatExampleTests
{
    private const int BytesPerLine = 16;

    [Fact]
    public void The_run_in_the_documentation_is_a_real_file()
    {
        var files = new MemoryFiles();
        using (var writer = new RunWriter(files, RunKind.State, RunFixture.Store, 1, 0, 1, 3, new RunLayout(64, 128)))
        {
            writer.Add([.. "\0\0\0\x10"u8, .. "ABCDEFGH"u8, .. "a"u8], "one"u8);
            writer.Add([.. "\0\0\0\x10"u8, .. "ABCDEFGH"u8, .. "bc"u8], "four"u8);
            writer.Add([.. "\0\0\0\x11"u8, .. "ABCDEFGH"u8, .. "a"u8], default);
            writer.Finish(lastTimeMicros: 1_795_428_000_000_000);
        }

        var dump = Dump(files["00000001.run"].Bytes);
        var documented = File.ReadAllText(Path.Combine(SourceTests.Repository(), "docs", "FILE_FORMATS.md"));
        Assert.True(documented.Contains(dump, StringComparison.Ordinal), "docs/FILE_FORMATS.md should show:\n" + dump);
    }

    /// <summary>Offset and bytes of every line that is not all zeros.</summary>
    private static string Dump(byte[] bytes) => string.Concat(bytes
        .Chunk(BytesPerLine)
        .Select((line, index) => (Offset: index * BytesPerLine, Line: line))
        .Where(part => part.Line.AsSpan().ContainsAnyExcept((byte)0))
        .Select(part => string.Create(
            CultureInfo.InvariantCulture,
            $"{part.Offset:x8}  {string.Join(' ', part.Line.Select(b => b.ToString("x2", CultureInfo.InvariantCulture)))}\n")));
}
