using System.Diagnostics;
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
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

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

    private static async Task WalkAsync(ServerProcess server, string phase)
    {
        var script = Path.Combine(SourceTests.Repository(), "tests", "Server", "walk.py");
        Assert.Equal($"ok {phase}\n", await RunAsync("python3", [script, server.Url, phase]));
    }

    private static async Task<JsonDocument?> CliAsync(ServerProcess server, params string[] command)
    {
        // On every call: a CLI that does not know AWS_ENDPOINT_URL_DYNAMODB would turn to AWS itself.
        var output = await RunAsync(
            "aws", ["dynamodb", .. command, "--endpoint-url", server.Url, "--output", "json"], ("AWS_PAGER", string.Empty));
        return output.Length > 0 ? JsonDocument.Parse(output) : null;
    }

    /// <summary>Runs a client to its end; returns what it printed, and fails with what it complained about.</summary>
    private static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["AWS_ACCESS_KEY_ID"] = "any";
        start.Environment["AWS_SECRET_ACCESS_KEY"] = "any";
        start.Environment["AWS_DEFAULT_REGION"] = "us-east-1";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Patience);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await errors}{output}");
        return output;
    }
}
