using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Storage.Tests.Server;

/// <summary>AWS's own clients as programs, with an environment that leads them to nobody but the server given.</summary>
internal static class ClientProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>One call of the AWS CLI: what it printed as JSON, or null when it printed nothing.</summary>
    internal static async Task<JsonDocument?> AwsAsync(string url, params string[] command)
    {
        // The address on every call: a CLI that does not know AWS_ENDPOINT_URL would turn to AWS itself.
        var output = await RunAsync("aws", [.. command, "--endpoint-url", url, "--output", "json"], ("AWS_PAGER", string.Empty));
        return output.Length > 0 ? JsonDocument.Parse(output) : null;
    }

    /// <summary>Runs a client to its end; returns what it printed, and fails with what it complained about.</summary>
    internal static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var (exitCode, output, errors) = await TryRunAsync(program, arguments, environment);
        Assert.True(exitCode == 0, $"{program} ended with {exitCode}: {errors}{output}");
        return output;
    }

    /// <summary>Runs a client to its end, whatever that is.</summary>
    internal static async Task<(int ExitCode, string Output, string Errors)> TryRunAsync(
        string program, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["AWS_ACCESS_KEY_ID"] = "any";
        start.Environment["AWS_SECRET_ACCESS_KEY"] = "any";
        start.Environment["AWS_DEFAULT_REGION"] = "us-east-1";
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Patience);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, output, await errors);
    }
}
