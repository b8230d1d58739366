using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using Storage.Server.Lambda;
using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests.Environments;

/// <summary>Functions in Python. Source of bodies and lines: recorded answers and logs of Lambda.</summary>
public sealed partial class PythonTests
{
    private const string Hello = """
        import json

        def lambda_handler(event, context):
            print('hello', event)
            return {'statusCode': 200, 'body': json.dumps('Hello from Lambda!')}
        """;

    [ProgramFact("python3", "--version")]
    public async Task Hello_answers_and_its_log_is_as_recorded()
    {
        await using var rig = new FunctionRig();
        var version = rig.Python(Hello, "app.lambda_handler", "python3.14");
        var cold = await rig.RunAsync(version);
        Assert.Equal("""{"statusCode": 200, "body": "\"Hello from Lambda!\""}""", cold.Payload);
        Assert.Null(cold.Error);
        var warm = await rig.RunAsync(version);
        Assert.Equal(cold.Payload, warm.Payload);
        Assert.Matches(
            $"^START RequestId: {warm.RequestId} Version: \\$LATEST\nhello {{}}\nEND RequestId: {warm.RequestId}\n"
            + $"REPORT RequestId: {warm.RequestId}\tDuration: [0-9]+\\.[0-9][0-9] ms\tBilled Duration: [0-9]+ ms\t"
            + "Memory Size: 128 MB\tMax Memory Used: [1-9][0-9]* MB\t\n$",
            warm.LogTail);
        Assert.Matches("\tMax Memory Used: [0-9]+ MB\tInit Duration: [0-9]+\\.[0-9][0-9] ms\t\n$", cold.LogTail);
        var append = Assert.Single(rig.Logs.Appends.Select(append => (append.Group, append.Stream)).Distinct());
        Assert.Equal("/aws/lambda/hello", append.Group);
        Assert.Matches(Stream(), append.Stream);
    }

    [ProgramFact("python3", "--version")]
    public async Task A_runtime_that_is_not_installed_is_run_by_the_nearest_and_the_log_says_so()
    {
        await using var rig = new FunctionRig();
        var outcome = await rig.RunAsync(rig.Python(Hello, "app.lambda_handler", "python3.99"));
        Assert.Null(outcome.Error);
        Assert.Matches("^INIT_WARNING runtime python3.99 is not installed; python3\\.[0-9]+ runs it\nSTART RequestId", outcome.LogTail);
    }

    [ProgramFact("python3", "--version")]
    public async Task Strict_runtimes_refuse_what_is_not_installed()
    {
        await using var rig = new FunctionRig(new LambdaOptions { StrictRuntimes = true });
        var outcome = await rig.RunAsync(rig.Python(Hello, "app.lambda_handler", "python3.99"));
        Assert.Equal("Unhandled", outcome.Error);
        Assert.Equal(
            $$"""{"errorType":"InvalidRuntime","errorMessage":"RequestId: {{outcome.RequestId}} Error: runtime python3.99 is not installed"}""",
            outcome.Payload);
        Assert.Contains($"END RequestId: {outcome.RequestId}\n", outcome.LogTail, StringComparison.Ordinal);
    }

    [ProgramFact("python3", "--version")]
    public async Task JSON_comes_back_as_it_went_whatever_its_characters()
    {
        await using var rig = new FunctionRig();
        var version = rig.Python("def handler(event, context):\n    print(event['a'])\n    return event");
        const string Payload = """{"a": "äöü 日本 😀 \" \\ \u0000", "n": [1, 2.5, -3, null, true], "": {}}""";
        var outcome = await rig.RunAsync(version, Payload);
        Assert.Equal(Payload, outcome.Payload);
        Assert.Contains("äöü 日本 😀", outcome.LogTail, StringComparison.Ordinal);
    }

    [ProgramFact("python3", "--version")]
    public async Task An_exception_is_the_error_of_the_call_and_the_environment_lives_on()
    {
        await using var rig = new FunctionRig();
        var version = rig.Python("""
            calls = 0

            def handler(event, context):
                global calls
                calls += 1
                if calls == 1:
                    raise ValueError('no "luck"')
                return calls
            """);
        var failed = await rig.RunAsync(version);
        Assert.Equal("Unhandled", failed.Error);
        Assert.StartsWith(
            $$"""{"errorMessage": "no \"luck\"", "errorType": "ValueError", "requestId": "{{failed.RequestId}}", "stackTrace": ["  File \"{{rig.Root}}/environments/""",
            failed.Payload,
            StringComparison.Ordinal);
        Assert.EndsWith(
            """/task/app.py\", line 7, in handler\n    raise ValueError('no \"luck\"')\n"]}""", failed.Payload, StringComparison.Ordinal);
        Assert.Contains("[ERROR] ValueError: no \"luck\"\rTraceback (most recent call last):\r", failed.LogTail, StringComparison.Ordinal);
        Assert.Equal("2", (await rig.RunAsync(version)).Payload);
    }

    [ProgramFact("python3", "--version")]
    public async Task What_cannot_be_loaded_is_told_with_the_runtimes_own_names()
    {
        await using var rig = new FunctionRig();
        Assert.Equal(
            """{"errorMessage": "Handler 'nothing' missing on module 'app'", "errorType": "Runtime.HandlerNotFound", "requestId": "", "stackTrace": []}""",
            (await rig.RunAsync(rig.Python(Hello, "app.nothing"))).Payload);
        Assert.Equal(
            """{"errorMessage": "Bad handler 'nodot': not enough values to unpack (expected 2, got 1)", "errorType": "Runtime.MalformedHandlerName", "requestId": "", "stackTrace": []}""",
            (await rig.RunAsync(rig.Python(Hello, "nodot"))).Payload);
        Assert.Equal(
            """{"errorMessage": "Unable to import module 'other': No module named 'other'", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}""",
            (await rig.RunAsync(rig.Python(Hello, "other.handler"))).Payload);
        var missing = await rig.RunAsync(rig.Python("import no_such_module_at_all"));
        Assert.Equal("Unhandled", missing.Error);
        Assert.Equal(
            """{"errorMessage": "Unable to import module 'app': No module named 'no_such_module_at_all'", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}""",
            missing.Payload);

        // The failed init is tried once more within the call, so its words are in the log twice.
        Assert.Equal(2, Regex.Count(missing.LogTail, Regex.Escape("[ERROR] Runtime.ImportModuleError: Unable to import module 'app'")));
        var broken = await rig.RunAsync(rig.Python("def handler(:\n    pass"));
        Assert.Matches(
            """^\{"errorMessage": "Syntax error in module 'app': .*\(app.py, line 1\)", "errorType": "Runtime.UserCodeSyntaxError", "requestId": "", "stackTrace": \["  File \\".*/task/app.py\\" Line 1\\n    def handler\(:\\n"\]\}$""",
            broken.Payload);
        var raising = await rig.RunAsync(rig.Python("raise KeyError('k')"));
        Assert.StartsWith("""{"errorMessage": "'k'", "errorType": "KeyError", "requestId": "", "stackTrace": ["  File """, raising.Payload, StringComparison.Ordinal);
    }

    [ProgramFact("python3", "--version")]
    public async Task What_is_no_JSON_cannot_be_answered()
    {
        await using var rig = new FunctionRig();
        var outcome = await rig.RunAsync(rig.Python("def handler(event, context):\n    return {1, 2}"));
        Assert.Equal(
            $$"""{"errorMessage": "Unable to marshal response: Object of type set is not JSON serializable", "errorType": "Runtime.MarshalError", "requestId": "{{outcome.RequestId}}", "stackTrace": []}""",
            outcome.Payload);
        Assert.Equal(
            """{"a": 1, "b": 1.5}""",
            (await rig.RunAsync(rig.Python("""
                from decimal import Decimal

                def handler(event, context):
                    return {'a': Decimal('1'), 'b': Decimal('1.5')}
                """))).Payload);
    }

    [ProgramFact("python3", "--version")]
    public async Task The_context_tells_of_the_call()
    {
        await using var rig = new FunctionRig();
        var version = rig.Python("""
            import os

            def handler(event, context):
                context.log('logged\n')
                return [context.function_name, context.function_version, context.memory_limit_in_mb, context.aws_request_id,
                        context.invoked_function_arn, context.log_group_name,
                        context.log_stream_name == os.environ['AWS_LAMBDA_LOG_STREAM_NAME'],
                        context.client_context.custom['k'], context.identity.cognito_identity_id,
                        50000 < context.get_remaining_time_in_millis() <= 60000, os.environ['_X_AMZN_TRACE_ID']]
            """);
        var outcome = await rig.RunAsync(version, "{}", execution => execution with
        {
            ClientContext = Convert.ToBase64String("{\"custom\": {\"k\": \"ä\"}}"u8),
            TraceId = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
            Function = execution.Function with { InvokedArn = version.Arn + ":live" },
        });
        Assert.Equal(
            $"""["hello", "$LATEST", "128", "{outcome.RequestId}", "{version.Arn}:live", "/aws/lambda/hello", true, "ä", null, true, "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"]""",
            outcome.Payload);
        Assert.Contains("\nlogged\n", outcome.LogTail, StringComparison.Ordinal);
    }

    [ProgramFact("python3", "--version")]
    public async Task Lines_of_the_logging_module_carry_level_time_and_request()
    {
        await using var rig = new FunctionRig();
        var outcome = await rig.RunAsync(rig.Python("""
            import logging
            import sys

            def handler(event, context):
                logging.getLogger().setLevel(logging.INFO)
                logging.info('to %s', 'you')
                sys.stderr.write('an error\n')
                print('no newline', end='')
            """));
        Assert.Matches(
            $"^START [^\n]*\n\\[INFO\\]\t[0-9]{{4}}-[0-9][0-9]-[0-9][0-9]T[0-9:]{{8}}\\.[0-9]{{3}}Z\t{outcome.RequestId}\tto you\nan error\nno newlineEND ",
            outcome.LogTail);
    }

    [ProgramFact("python3", "--version")]
    public async Task The_environment_is_the_recorded_set_and_nothing_of_the_servers()
    {
        const string Secret = "STORAGE_TEST_SECRET_OF_THE_SERVER";
        System.Environment.SetEnvironmentVariable(Secret, "leaked");
        await using var rig = new FunctionRig();
        var version = rig.Python("""
            import json
            import os
            at_start = dict(os.environ)

            def handler(event, context):
                return at_start
            """) with
        {
            Environment = ImmutableSortedDictionary<string, string>.Empty
                .Add("MINE", "ä=ö").Add("PATH", "/mine").Add("AWS_REGION", "moon").Add("AWS_ENDPOINT_URL", "http://other"),
        };
        var outcome = await rig.RunAsync(version);
        var variables = JsonSerializer.Deserialize<Dictionary<string, string>>(outcome.Payload)!;
        Assert.Equal(
            [
                "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
                "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                "AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "LANG",
                "LD_LIBRARY_PATH", "MINE", "PATH", "PWD", "PYTHONPATH", "SHLVL", "TZ", "_AWS_XRAY_DAEMON_ADDRESS",
                "_AWS_XRAY_DAEMON_PORT", "_HANDLER",
            ],
            variables.Keys.Where(name => name != "_").Order(StringComparer.Ordinal));
        Assert.Equal("ä=ö", variables["MINE"]);
        Assert.Equal("/mine", variables["PATH"]);
        Assert.Equal("eu-west-1", variables["AWS_REGION"]);
        Assert.Equal("http://other", variables["AWS_ENDPOINT_URL"]);
        Assert.Equal("AWS_Lambda_python3.11", variables["AWS_EXECUTION_ENV"]);
        Assert.Equal("ASIAKEY", variables["AWS_ACCESS_KEY_ID"]);
    }

    [ProgramFact("python3", "--version")]
    public async Task A_response_of_6291556_bytes_passes_and_one_byte_more_does_not()
    {
        await using var rig = new FunctionRig();
        var version = rig.Python("def handler(event, context):\n    return 'x' * event");
        Assert.Equal(6_291_556, (await rig.RunAsync(version, "6291554")).Payload.Length);
        var large = await rig.RunAsync(version, "6291555");
        Assert.Equal("Unhandled", large.Error);
        Assert.Equal(
            """{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}""",
            large.Payload);

        // The environment is not hurt by it.
        Assert.Equal("\"x\"", (await rig.RunAsync(version, "1")).Payload);
        Assert.Single(rig.Logs.Appends.Select(append => append.Stream).Distinct());
    }

    [GeneratedRegex(@"^[0-9]{4}/[0-9]{2}/[0-9]{2}/\[\$LATEST\][0-9a-f]{32}$")]
    private static partial Regex Stream();
}
