using System.Text.RegularExpressions;
using Storage.Tests.Architecture;
using Xunit;

namespace Storage.Tests.Readme;

/// <summary>"The README's C# samples are compiled and run by the tests." Issue 2, Embedding.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string[] Samples = ["Embedded", "EmbeddedSdk", "Hosted"];

    private static string ReadmeText => File.ReadAllText(Path.Combine(SourceTests.Repository(), "README.md"));

    [Fact]
    public void Every_csharp_block_of_the_README_is_a_sample_and_every_sample_is_there() =>
        Assert.Equal(
            Samples.Select(Regions),
            CSharpBlock().Matches(ReadmeText).Select(block => block.Groups[1].Value));

    [Fact]
    public async Task The_embedded_sample_runs_twice_on_one_store()
    {
        Delete("music");
        await ReadmeSamples.Embedded.RunAsync();
        await ReadmeSamples.Embedded.RunAsync();

        await using (var store = await Engine.Store.OpenAsync("./music"))
        {
            var song = await store.GetAsync("Music", Engine.Item.Of(("Artist", "Nina Simone"), ("Song", "Sinnerman")));
            Assert.Equal(2, song!["Plays"].AsInt64());
        }

        Delete("music");
    }

    [Fact]
    public async Task The_SDK_sample_runs_twice_on_one_store()
    {
        Delete("music-sdk");
        await ReadmeSamples.EmbeddedSdk.RunAsync();
        await ReadmeSamples.EmbeddedSdk.RunAsync();
        Delete("music-sdk");
    }

    [Fact]
    public Task The_hosted_sample_runs() => ReadmeSamples.Hosted.RunAsync();

    /// <summary>The lines between #region README and #endregion, each region's indentation removed.</summary>
    private static string Regions(string sample)
    {
        var text = File.ReadAllText(Path.Combine(SourceTests.Repository(), "tests", "Readme", sample + ".cs"));
        return string.Join("\n", Region().Matches(text).Select(region =>
        {
            var lines = region.Groups[1].Value.Split('\n');
            var indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
            return string.Join('\n', lines.Select(line => line.Length > 0 ? line[indent..] : line));
        }));
    }

    private static void Delete(string directory)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [GeneratedRegex(@"```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex(@"^ *#region README\n(.*?)^ *#endregion", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Region();
}
