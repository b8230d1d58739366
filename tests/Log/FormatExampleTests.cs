using System.Globalization;
using System.Text;
using Storage.Engine.Log;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Log;

/// <summary>The worked example of docs/FILE_FORMATS.md is the file that the code writes.</summary>
public sealed class FormatExampleTests
{
    private const int BytesPerLine = 16;

    [Fact]
    public async Task The_example_in_the_documentation_is_a_real_file()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        var record = new RecordBuilder();
        record.AddParticipant(new Participant(7, 1, 1));
        "hello"u8.CopyTo(record.GetSpan(5));
        record.Advance(5);
        await LogFixture.AppendDurablyAsync(log, record);
        await log.DisposeAsync();

        var dump = Dump(files["00000000.log"].Bytes);
        var documented = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot(), "docs", "FILE_FORMATS.md"));
        Assert.True(documented.Contains(dump, StringComparison.Ordinal), "docs/FILE_FORMATS.md should show:\n" + dump);
    }

    /// <summary>Offset and bytes of every line that is not all zeros.</summary>
    private static string Dump(byte[] bytes)
    {
        var text = new StringBuilder();
        for (var offset = 0; offset < bytes.Length; offset += BytesPerLine)
        {
            var line = bytes.AsSpan(offset, Math.Min(BytesPerLine, bytes.Length - offset));
            if (line.ContainsAnyExcept((byte)0))
            {
                text.Append(CultureInfo.InvariantCulture, $"{offset:x8}  {string.Join(' ', line.ToArray().Select(b => b.ToString("x2", CultureInfo.InvariantCulture)))}\n");
            }
        }

        return text.ToString();
    }

    private static string RepositoryRoot()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "Storage.sln")))
        {
            at = at.Parent ?? throw new DirectoryNotFoundException("The tests run outside the repository.");
        }

        return at.FullName;
    }
}
