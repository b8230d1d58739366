using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests.Environments;

/// <summary>What could not be started is started when what was in the way has gone, and leaves nothing behind.</summary>
public sealed class FailedStartTests
{
    private const string Answer = """
        #!/bin/sh
        api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
        id=$(curl -sS -D - -o /dev/null "$api/invocation/next" | grep -i '^Lambda-Runtime-Aws-Request-Id:' | tr -d ' \r' | cut -d: -f2)
        curl -sS -X POST "$api/invocation/$id/response" -d '"done"'
        """;

    private const string NoText = """{"errorType":"\ud800","errorMessage":"half a pair"}""";

    private const string FailInit = $"""
        #!/bin/sh
        curl -sS -X POST "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/init/error" -d '{NoText}'
        sleep 1000
        """;

    [ProgramFact("curl", "--version")]
    public async Task The_first_environment_may_fail_without_failing_the_next()
    {
        await using var rig = new FunctionRig();
        var inTheWay = Path.Combine(rig.Root, "runtime");
        Directory.CreateDirectory(rig.Root);
        await File.WriteAllTextAsync(inTheWay, string.Empty);
        var version = rig.Function("provided.al2023", "ignored", ("bootstrap", Answer, true));
        await Assert.ThrowsAnyAsync<IOException>(() => rig.RunAsync(version));
        File.Delete(inTheWay);
        Assert.Equal("\"done\"", (await rig.RunAsync(version)).Payload);
    }

    [ProgramFact("curl", "--version")]
    public async Task An_init_whose_errors_name_is_no_text_ends_its_environment_like_any_other()
    {
        await using var rig = new FunctionRig();
        var outcome = await rig.RunAsync(rig.Function("provided.al2023", "ignored", ("bootstrap", FailInit, true)));
        Assert.Equal(("Unhandled", NoText), (outcome.Error, outcome.Payload));
        Assert.Contains("Error Type: Runtime.Unknown", outcome.LogTail, StringComparison.Ordinal);
        await FunctionRig.UntilAsync(() => rig.Marked().Count == 0);
    }

    /// <summary>Read-only directories cannot be removed by whoever removes the store's, unless that is the superuser.</summary>
    [ProgramFact("curl", "--version")]
    public async Task Unpacked_code_goes_with_the_executor()
    {
        await using var rig = new FunctionRig();
        await rig.RunAsync(rig.Function("provided.al2023", "ignored", ("bootstrap", Answer, true)));
        var code = Path.Combine(rig.Root, "code");
        Assert.NotEmpty(Directory.GetDirectories(code));
        await rig.Executor.DisposeAsync();
        Assert.False(Directory.Exists(code));
        Assert.Empty(rig.Warnings);
    }
}
