using System.Text.Json;
using Storage.Tests.Architecture;
using Xunit;

namespace Storage.Tests.Server;

/// <summary>
/// AWS's own clients, unchanged, against the server as a process. They need python3 with boto3 and the AWS CLI, which a
/// machine with only the .NET SDK lacks: there they are skipped, saying so. CI installs both and counts a skip as failed.
/// </summary>
public sealed class AwsClientTests : IDisposable
{
    private readonly ScratchDirectory scratch = new();

    public void Dispose() => scratch.Dispose();

    [ProgramFact("python3", "-c", "import boto3")]
    public async Task Boto3_walks_through_the_cities_and_finds_everything_after_SIGTERM_and_after_kill_9()
    {
        await using (var server = await ServerProcess.StartReadyAsync("--data", scratch.File("data")))
        {
            await WalkAsync(server, "create");
            await using var import = ServerProcess.Start(
                [
                    "import", Path.Combine(AppContext.BaseDirectory, "data", "cities-100k.ddb.json.gz"),
                    "--table", "Cities", "--endpoint", server.Url,
                ]);
            var (imported, output, errors) = await import.WaitForExitAsync();
            Assert.Equal((0, string.Empty), (imported, errors));
            Assert.Contains("Imported 4,442 items into Cities", output, StringComparison.Ordinal);

            await WalkAsync(server, "use");
            server.Terminate();
            Assert.Equal(0, (await server.WaitForExitAsync()).ExitCode);
        }

        await using (var server = await ServerProcess.StartReadyAsync("--data", scratch.File("data")))
        {
            await WalkAsync(server, "check");
            server.Kill();
            Assert.NotEqual(0, (await server.WaitForExitAsync()).ExitCode);
        }

        await using (var server = await ServerProcess.StartReadyAsync("--data", scratch.File("data")))
        {
            await WalkAsync(server, "check");
        }
    }

    [ProgramFact("aws", "--version")]
    public async Task The_AWS_CLI_makes_a_table_and_reads_what_it_wrote()
    {
        await using var server = await ServerProcess.StartReadyAsync("--in-memory");
        using var created = await CliAsync(
            server,
            "create-table", "--table-name", "Music", "--billing-mode", "PAY_PER_REQUEST",
            "--attribute-definitions", "AttributeName=Artist,AttributeType=S", "AttributeName=Song,AttributeType=S",
            "--key-schema", "AttributeName=Artist,KeyType=HASH", "AttributeName=Song,KeyType=RANGE");
        Assert.Equal("CREATING", created!.RootElement.GetProperty("TableDescription").GetProperty("TableStatus").GetString());

        using var put = await CliAsync(
            server,
            "put-item", "--table-name", "Music", "--item", """{"Artist":{"S":"Nina Simone"},"Song":{"S":"Sinnerman"}}""");
        using var scanned = await CliAsync(server, "scan", "--table-name", "Music");
        Assert.Equal(1, scanned!.RootElement.GetProperty("Count").GetInt32());
        Assert.Equal("Sinnerman", scanned.RootElement.GetProperty("Items")[0].GetProperty("Song").GetProperty("S").GetString());
    }

    [ProgramFact("python3", "-c", "import boto3")]
    public async Task Boto3_reads_a_stream_and_finds_the_same_in_it_after_kill_9()
    {
        await using (var server = await ServerProcess.StartReadyAsync("--data", scratch.File("data")))
        {
            await StreamsAsync(server, "write");
            server.Kill();
            Assert.NotEqual(0, (await server.WaitForExitAsync()).ExitCode);
        }

        await using (var server = await ServerProcess.StartReadyAsync("--data", scratch.File("data")))
        {
            await StreamsAsync(server, "read");
        }
    }

    private static async Task StreamsAsync(ServerProcess server, string phase)
    {
        var script = Path.Combine(SourceTests.Repository(), "tests", "Server", "streams.py");
        Assert.Equal($"ok {phase}\n", await ClientProgram.RunAsync("python3", [script, server.Url, phase]));
    }

    private static async Task WalkAsync(ServerProcess server, string phase)
    {
        var script = Path.Combine(SourceTests.Repository(), "tests", "Server", "walk.py");
        Assert.Equal($"ok {phase}\n", await ClientProgram.RunAsync("python3", [script, server.Url, phase]));
    }

    private static Task<JsonDocument?> CliAsync(ServerProcess server, params string[] command) =>
        ClientProgram.AwsAsync(server.Url, ["dynamodb", .. command]);
}
