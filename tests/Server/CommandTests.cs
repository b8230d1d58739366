using System.Globalization;
using Storage.Engine;
using Storage.Engine.Model;
using Storage.Tests.Recovery;
using Storage.Tests.Tables;
using Xunit;

namespace Storage.Tests.Server;

/// <summary>verify, repair and stats as processes: what they print and how they end. Issue 3, item 6.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task A_clean_store_verifies_with_0_and_a_summary()
    {
        using var scratch = new ScratchDirectory();
        await FillAsync(scratch.Path);
        var before = Contents(scratch.Path);
        var (exitCode, output, errors) = await RunAsync("verify", "--data", scratch.Path);
        Assert.Equal((0, string.Empty), (exitCode, errors));
        var lines = output.TrimEnd().Split('\n');
        Assert.Matches(@"^table Music: 20 items, \d+ bytes, 1 indexes, content [0-9a-f]{32}$", lines[0]);
        Assert.Matches(@"^read: \d+ records in 1 log segments of \d+ bytes, ", lines[^3]);
        Assert.Matches(@"^fold [0-9a-f]{32} up to record \d+$", lines[^2]);
        Assert.Equal($"{scratch.Path} is clean", lines[^1]);
        Assert.Equal(before, Contents(scratch.Path));
    }

    [Fact]
    public async Task A_damaged_store_verifies_with_1_and_repairs_into_one_that_is_clean()
    {
        using var scratch = new ScratchDirectory();
        await FillAsync(scratch.File("old"));
        var log = scratch.File("old/00000000.log");
        var bytes = await File.ReadAllBytesAsync(log);
        var third = 4096 + 64;
        for (var i = 0; i < 3; i++)
        {
            third += 4 + bytes.AsSpan(third + 4).IndexOf("SR\x01"u8);
        }

        bytes[third + 100] ^= 0x10;
        await File.WriteAllBytesAsync(log, bytes);
        var before = Contents(scratch.File("old"));

        var (exitCode, output, errors) = await RunAsync("verify", "--data", scratch.File("old"));
        Assert.Equal((1, string.Empty), (exitCode, errors));
        Assert.Contains($"damage: 00000000.log offset {third - 4}: Record 3 should be here, but its payload does not match its checksum.", output, StringComparison.Ordinal);
        Assert.Contains("is damaged: 1 findings", output, StringComparison.Ordinal);

        (exitCode, output, errors) = await RunAsync("repair", "--data", scratch.File("old"), "--to", scratch.File("new"));
        Assert.Equal((1, string.Empty), (exitCode, errors));
        Assert.Contains($"lost: 00000000.log offset {third - 4}: record 3\n", output, StringComparison.Ordinal);
        Assert.Contains($"{scratch.File("new")} is clean", output, StringComparison.Ordinal);
        Assert.Contains("record 3", await File.ReadAllTextAsync(scratch.File("new/REPAIR.txt")), StringComparison.Ordinal);
        Assert.Equal(before, Contents(scratch.File("old")));

        (exitCode, output, _) = await RunAsync("verify", "--data", scratch.File("new"));
        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("note", output, StringComparison.Ordinal);
        await using var repaired = await Engine.Store.OpenAsync(scratch.File("new"));
        Assert.NotNull(await repaired.FindTableAsync("Music"));
    }

    [Fact]
    public async Task Stats_say_what_tables_and_files_hold_and_change_nothing()
    {
        using var scratch = new ScratchDirectory();
        await FillAsync(scratch.Path);
        var before = Contents(scratch.Path);
        var (exitCode, output, errors) = await RunAsync("stats", "--data", scratch.Path);
        Assert.Equal((0, string.Empty), (exitCode, errors));
        Assert.Matches(@"(?m)^table Music: 20 items, \d+ bytes; in runs \d+ entries of \d+ bytes, \d+ of them removals$", output);
        Assert.Matches(@"(?m)^  index ByYear: 20 items, \d+ bytes; in runs ", output);
        Assert.Matches(@"(?m)^log: 1 segments of \d+ bytes, records \d+ to \d+ are replayed when it opens$", output);
        Assert.Equal(before, Contents(scratch.Path));
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("stats")]
    [InlineData("repair", "--to", "new")]
    public async Task A_store_that_is_open_or_missing_is_refused_in_one_sentence(params string[] command)
    {
        using var scratch = new ScratchDirectory();
        await using var store = await Engine.Store.OpenAsync(scratch.File("data"));
        foreach (var (directory, text) in ((string, string)[])[("data", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)), ("nothing", "There is no directory")])
        {
            await using var process = ServerProcess.Start([.. command, "--data", scratch.File(directory)], directory: scratch.Path);
            var (exitCode, output, errors) = await process.WaitForExitAsync();
            Assert.Equal((1, string.Empty), (exitCode, output));
            Assert.Single(errors.TrimEnd().Split('\n'));
            Assert.Contains(text, errors, StringComparison.Ordinal);
            Assert.False(Directory.Exists(scratch.File("nothing")));
        }
    }

    [Theory]
    [InlineData("verify", "word")]
    [InlineData("repair")]
    [InlineData("repair", "--to")]
    [InlineData("stats", "--nonsense")]
    public async Task What_cannot_be_meant_is_one_sentence_and_exit_code_2(params string[] arguments)
    {
        var (exitCode, output, errors) = await RunAsync(arguments);
        Assert.Equal((2, string.Empty), (exitCode, output));
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Repair_refuses_a_directory_that_is_not_empty()
    {
        using var scratch = new ScratchDirectory();
        await FillAsync(scratch.File("old"));
        var (exitCode, _, errors) = await RunAsync("repair", "--data", scratch.File("old"), "--to", scratch.File("old"));
        Assert.Equal(1, exitCode);
        Assert.Contains("is not empty", errors, StringComparison.Ordinal);
    }

    private static async Task FillAsync(string directory)
    {
        await using var store = await Engine.Store.OpenAsync(new StoreOptions { Directory = directory, InitialPartitions = 2 });
        await store.CreateTableAsync(OpenedStore.Definition("Music", OpenedStore.Index("ByYear", "Year", ProjectionType.KeysOnly)));
        for (var i = 0; i < 20; i++)
        {
            await store.PutAsync("Music", VerifyFixture.Song(i, i));
        }
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        await using var process = ServerProcess.Start(arguments);
        return await process.WaitForExitAsync();
    }

    private static SortedDictionary<string, string> Contents(string directory) => new(
        Directory.GetFiles(directory).ToDictionary(
            path => Path.GetFileName(path), path => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))),
        StringComparer.Ordinal);
}
