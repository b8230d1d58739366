using System.IO.Compression;
using Storage.Server.Commands;
using Storage.Server.Options;
using Xunit;

namespace Storage.Tests.Server;

/// <summary>
/// "loads such a file into a data directory or a running server; --key creates the table when it does not exist; export
/// writes it back." Issue 2, Real input.
/// </summary>
public sealed class TransferTests : IDisposable
{
    private const int CityCount = 4442;

    private readonly ScratchDirectory scratch = new();

    private static string Cities => Path.Combine(AppContext.BaseDirectory, "data", "cities-100k.ddb.json.gz");

    public void Dispose() => scratch.Dispose();

    [Theory]
    [InlineData("out.json")]
    [InlineData("out.json.gz")]
    public async Task The_cities_go_into_a_running_server_and_come_back(string file)
    {
        await using var server = await RunningServer.StartAsync();
        await AssertRoundTripAsync(["--endpoint", server.Address.ToString()], file);
    }

    [Fact]
    public async Task The_cities_go_into_a_directory_and_come_back() =>
        await AssertRoundTripAsync(["--data", scratch.File("data")], "out.json.gz");

    [Fact]
    public async Task Bad_lines_are_told_by_number_and_cost_no_other_line()
    {
        await using var server = await RunningServer.StartAsync();
        string[] door = ["--endpoint", server.Address.ToString()];
        await File.WriteAllTextAsync(scratch.File("in.json"), string.Join('\n',
        [
            """{"Item":{"id":{"S":"a"}}}""",
            "nonsense",
            "",
            """{"Item":{"id":{"N":"1"}}}""",
            """{"Item":{"id":{"S":"b"},"n":{"N":"abc"}}}""",
            """{"Item":{"id":{"S":"a"},"again":{"BOOL":true}}}""",
            """{"Key":{"id":{"S":"b"}}}""",
            """{"Item":[]}""",
            """{"Item":{"id":{"S":"c"}}}""",
        ]));

        var (exitCode, output, errors) = await RunAsync(Import.RunAsync, Import.Flags,
            [scratch.File("in.json"), "--table", "Things", "--key", "id:S", .. door]);
        Assert.Equal(1, exitCode);
        Assert.Contains("Imported 3 items", output, StringComparison.Ordinal);
        foreach (var line in (int[])[2, 4, 5, 7, 8])
        {
            Assert.Contains($"Line {line}: ", errors, StringComparison.Ordinal);
        }

        Assert.Contains("5 lines were refused.", errors, StringComparison.Ordinal);
        Assert.Equal(2, (await ExportAsync("Things", "out.json", door)).Length);
    }

    [Fact]
    public async Task Without_a_key_a_missing_table_is_one_sentence()
    {
        await using var server = await RunningServer.StartAsync();
        var (exitCode, _, errors) = await RunAsync(Import.RunAsync, Import.Flags,
            [Cities, "--table", "Cities", "--endpoint", server.Address.ToString()]);
        Assert.Equal(1, exitCode);
        Assert.Contains("There is no table Cities", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_file_fails_and_is_said_to_be_damaged()
    {
        await using var server = await RunningServer.StartAsync();
        var bytes = await File.ReadAllBytesAsync(Cities);
        bytes.AsSpan(bytes.Length / 2, 64).Clear();
        await File.WriteAllBytesAsync(scratch.File("damaged.gz"), bytes);
        var (exitCode, _, errors) = await RunAsync(Import.RunAsync, Import.Flags,
            [scratch.File("damaged.gz"), "--table", "Cities", "--key", "country:S,cityId:N", "--endpoint", server.Address.ToString()]);
        Assert.Equal(1, exitCode);
        Assert.NotEqual(string.Empty, errors);
    }

    [Fact]
    public async Task A_failed_export_leaves_no_file()
    {
        await using var server = await RunningServer.StartAsync();
        var (exitCode, _, _) = await RunAsync(Export.RunAsync, Export.Flags,
            ["--table", "Nothing", scratch.File("out.json"), "--endpoint", server.Address.ToString()]);
        Assert.Equal(1, exitCode);
        Assert.Empty(Directory.GetFiles(scratch.Path));
    }

    [Theory]
    [InlineData("--table", "Things")]
    [InlineData("file")]
    [InlineData("file", "--table", "Things", "--key", "id:X")]
    [InlineData("file", "--table", "Things", "--key", "a:S,b:S,c:S")]
    [InlineData("file", "--table", "Things", "--data", "d", "--endpoint", "http://127.0.0.1:1")]
    [InlineData("file", "--table", "Things", "--endpoint", "not a url")]
    public async Task What_cannot_be_meant_is_a_usage_error(params string[] arguments)
    {
        var file = scratch.File("file");
        await File.WriteAllTextAsync(file, string.Empty);
        await Assert.ThrowsAsync<UsageException>(() => RunAsync(
            Import.RunAsync, Import.Flags, [.. arguments.Select(word => word == "file" ? file : word)]));
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        Func<CommandLine, TextWriter, TextWriter, Task<int>> command, IReadOnlyList<Flag> flags, string[] arguments)
    {
        var output = new StringWriter();
        var errors = new StringWriter();
        var exitCode = await command(
            CommandLine.Parse(arguments, flags, _ => null), TextWriter.Synchronized(output), TextWriter.Synchronized(errors));
        return (exitCode, output.ToString(), errors.ToString());
    }

    private static async Task<string[]> ReadLinesAsync(string path)
    {
        await using var file = File.OpenRead(path);
        await using Stream content = path.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(file, CompressionMode.Decompress)
            : file;
        using var reader = new StreamReader(content);
        return (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private async Task AssertRoundTripAsync(string[] door, string file)
    {
        var (exitCode, output, errors) = await RunAsync(Import.RunAsync, Import.Flags,
            [Cities, "--table", "Cities", "--key", "country:S,cityId:N", .. door]);
        Assert.Equal((0, string.Empty), (exitCode, errors));
        Assert.Contains("Imported 4,442 items into Cities", output, StringComparison.Ordinal);

        var exported = await ExportAsync("Cities", file, door);
        Assert.Equal(CityCount, exported.Length);
        Assert.Equal(
            (await ReadLinesAsync(Cities)).Select(Canonical).Order(StringComparer.Ordinal),
            exported.Select(Canonical).Order(StringComparer.Ordinal));
    }

    private async Task<string[]> ExportAsync(string table, string file, string[] door)
    {
        var (exitCode, output, errors) = await RunAsync(
            Export.RunAsync, Export.Flags, ["--table", table, scratch.File(file), .. door]);
        Assert.Equal((0, string.Empty), (exitCode, errors));
        Assert.Contains("Exported", output, StringComparison.Ordinal);
        return await ReadLinesAsync(scratch.File(file));
    }

    /// <summary>A line with its attributes in one order: an item is a set of them.</summary>
    private static string Canonical(string line)
    {
        using var document = System.Text.Json.JsonDocument.Parse(line);
        var item = document.RootElement.GetProperty("Item");
        return string.Join(',', item.EnumerateObject()
            .OrderBy(attribute => attribute.Name, StringComparer.Ordinal)
            .Select(attribute => $"{attribute.Name}={Sorted(attribute.Value)}"));

        static string Sorted(System.Text.Json.JsonElement value) => value.ValueKind == System.Text.Json.JsonValueKind.Object
            ? "{" + string.Join(',', value.EnumerateObject()
                .OrderBy(member => member.Name, StringComparer.Ordinal)
                .Select(member => $"{member.Name}:{Sorted(member.Value)}")) + "}"
            : value.ToString();
    }
}
