using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests.Environments;

/// <summary>Functions that bring their own program. Source: the custom runtimes' tutorial and the Runtime API's reference.</summary>
public sealed class ProvidedTests
{
    private const string Bootstrap = """
        #!/bin/sh
        set -eu
        api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
        work=$(mktemp -d)
        trap 'rm -rf "$work"' EXIT
        while true; do
            curl -sS -D "$work/head" -o "$work/event" "$api/invocation/next"
            id=$(grep -i '^Lambda-Runtime-Aws-Request-Id:' "$work/head" | tr -d ' \r' | cut -d: -f2)
            echo "working on $id in $(pwd)"
            case $(cat "$work/event") in
            *fail*) curl -sS -X POST "$api/invocation/$id/error" -H 'Lambda-Runtime-Function-Error-Type: My.Error' -d '{"errorMessage":"mine","errorType":"My.Error"}' ;;
            *chunks*) curl -sS -X POST "$api/invocation/$id/response" -H 'Transfer-Encoding: chunked' --data-binary "@$work/event" ;;
            *large*) head -c 8000000 /dev/zero | curl -sS -w '%{http_code}\n' -X POST "$api/invocation/$id/response" -H 'Expect: 100-continue' --data-binary @- ;;
            *wrong*) curl -sS -w ' %{http_code}\n' -X POST "$api/invocation/00000000-0000-0000-0000-000000000000/response" -d 1
                     curl -sS -X POST "$api/invocation/$id/response" -d '"right"' ;;
            *) curl -sS -X POST "$api/invocation/$id/response" --data-binary "@$work/event" ;;
            esac
        done
        """;

    [ProgramFact("curl", "--version")]
    public async Task A_shell_script_with_curl_is_a_runtime()
    {
        await using var rig = new FunctionRig();
        var version = rig.Function("provided.al2023", "ignored", ("bootstrap", Bootstrap, true));
        var outcome = await rig.RunAsync(version, """{"a": "ä"}""");
        Assert.Equal("""{"a": "ä"}""", outcome.Payload);
        Assert.Null(outcome.Error);
        Assert.Contains($"working on {outcome.RequestId} in {rig.Root}/environments/", outcome.LogTail, StringComparison.Ordinal);
        Assert.Equal("\"chunks\"", (await rig.RunAsync(version, "\"chunks\"")).Payload);
        var failed = await rig.RunAsync(version, "\"fail\"");
        Assert.Equal("Unhandled", failed.Error);
        Assert.Equal("""{"errorMessage":"mine","errorType":"My.Error"}""", failed.Payload);
        var large = await rig.RunAsync(version, "\"large\"");
        Assert.Equal(
            """{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}""",
            large.Payload);
        var wrong = await rig.RunAsync(version, "\"wrong\"");
        Assert.Equal("\"right\"", wrong.Payload);
        Assert.Contains("""{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"} 400""", wrong.LogTail, StringComparison.Ordinal);

        // curl prints the status after it has the answer: into that call's log, or at the beginning of the next.
        Assert.Matches(@"(^|\n|\})413\n", rig.Logs.Text);
        Assert.Single(rig.Logs.Appends.Select(append => append.Stream).Distinct());
    }

    [ProgramFact("curl", "--version")]
    public async Task A_process_that_ends_between_two_calls_costs_no_call()
    {
        await using var rig = new FunctionRig();
        var once = Bootstrap.Replace("while true; do", "for turn in 1; do", StringComparison.Ordinal);
        var version = rig.Function("provided.al2023", "ignored", ("bootstrap", once, true));
        for (var call = 0; call < 3; call++)
        {
            Assert.Equal("1", (await rig.RunAsync(version, "1")).Payload);
        }

        Assert.Equal(3, rig.Logs.Appends.Select(append => append.Stream).Distinct().Count());
    }

    [ProgramFact("sh", "-c", "true")]
    public async Task Without_a_program_to_run_the_call_says_so()
    {
        await using var rig = new FunctionRig();
        var none = await rig.RunAsync(rig.Function("provided.al2023", "x", ("other", "", true)));
        Assert.Equal(
            $$"""{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: {{none.RequestId}} Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"}""",
            none.Payload);
        var mode = await rig.RunAsync(rig.Function("provided.al2023", "x", ("bootstrap", "#!/bin/sh\n", false)));
        Assert.Equal(
            $$"""{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: {{mode.RequestId}} Error: fork/exec /var/task/bootstrap: permission denied"}""",
            mode.Payload);
        var ended = await rig.RunAsync(rig.Function("provided.al2023", "x", ("bootstrap", "#!/bin/sh\necho bye >&2\nexit 7\n", true)));
        Assert.Equal(
            $$"""{"errorType":"Runtime.ExitError","errorMessage":"RequestId: {{ended.RequestId}} Error: Runtime exited with error: exit status 7"}""",
            ended.Payload);
        Assert.StartsWith("bye\nSTART", ended.LogTail, StringComparison.Ordinal);
        var zip = await rig.RunAsync(rig.Zipped("provided.al2023", "x", [1, 2, 3]));
        Assert.StartsWith("""{"errorType":"InvalidZipFileException",""", zip.Payload, StringComparison.Ordinal);
    }

    [ProgramFact("sh", "-c", "true")]
    public async Task What_is_printed_is_bounded_by_line_and_by_call()
    {
        await using var rig = new FunctionRig();
        var version = rig.Function("provided.al2023", "x", ("bootstrap", "#!/bin/sh\nhead -c 300000 /dev/zero | tr '\\0' a\necho\nyes 0123456 | head -c 9000000\nexit 1\n", true));
        await rig.RunAsync(version);
        var text = rig.Logs.Text;
        Assert.InRange(text.Length, 1_000_000, 9_000_000); // A short line costs more than its text.
        Assert.Matches("\\[[0-9]+ bytes of output left out\\]\n", text);
        Assert.Contains(new string('a', 262_144), text, StringComparison.Ordinal);
    }

    [ProgramFact("sh", "-c", "true")]
    public async Task A_process_starts_with_1024_files_nothing_on_its_input_and_a_session_of_its_own()
    {
        await using var rig = new FunctionRig();
        var version = rig.Function(
            "provided.al2023", "x", ("bootstrap", "#!/bin/sh\nulimit -n\ncat\ncut -d' ' -f1,5,6 /proc/$$/stat\nls -l /proc/$$/fd\nexit 1\n", true));
        var lines = (await rig.RunAsync(version)).LogTail.Split('\n');
        Assert.Equal("1024", lines[0]);
        var ids = lines[1].Split(' ');
        Assert.Equal([ids[0], ids[0], ids[0]], ids);

        // No connection of the server's, no log and no lock.
        Assert.DoesNotContain(lines, line => line.Contains("socket:", StringComparison.Ordinal) || line.Contains("anon_inode", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("0 -> /dev/null", StringComparison.Ordinal));
    }
}
