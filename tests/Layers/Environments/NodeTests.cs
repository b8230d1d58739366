using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests.Environments;

/// <summary>Functions in JavaScript. Source of bodies: the answers of aws-lambda-ric, the runtime's own client.</summary>
public sealed class NodeTests
{
    [ProgramFact("node", "--version")]
    public async Task An_async_handler_answers_and_its_console_lines_carry_time_request_and_level()
    {
        await using var rig = new FunctionRig();
        var version = rig.Node("""
            exports.handler = async (event, context) => {
              console.log('got', { a: 1 }, event.text);
              console.error('two\nlines');
              return { event, name: context.functionName, id: context.awsRequestId, memory: context.memoryLimitInMB,
                left: context.getRemainingTimeInMillis() > 50000, stream: context.logStreamName === process.env.AWS_LAMBDA_LOG_STREAM_NAME };
            };
            """);
        var outcome = await rig.RunAsync(version, """{"text":"äöü 日本 😀"}""");
        Assert.Equal(
            $$$"""{"event":{"text":"äöü 日本 😀"},"name":"hello","id":"{{{outcome.RequestId}}}","memory":"128","left":true,"stream":true}""",
            outcome.Payload);
        const string Time = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z";
        Assert.Matches(
            $"^START [^\n]*\n{Time}\t{outcome.RequestId}\tINFO\tgot \\{{ a: 1 \\}} äöü 日本 😀\n"
            + $"{Time}\t{outcome.RequestId}\tERROR\ttwo\rlines\nEND RequestId",
            outcome.LogTail);
        Assert.Null(outcome.Error);
        Assert.Equal("null", (await rig.RunAsync(rig.Node("exports.handler = async () => {};"))).Payload);
    }

    [ProgramFact("node", "--version")]
    public async Task Callbacks_wait_for_an_empty_event_loop_unless_told_otherwise()
    {
        await using var rig = new FunctionRig();
        var waiting = rig.Node("""
            exports.handler = (event, context, callback) => {
              const answer = { late: false };
              callback(null, answer);
              setTimeout(() => { answer.late = true; }, 50);
            };
            """);
        Assert.Equal("""{"late":true}""", (await rig.RunAsync(waiting)).Payload);
        Assert.Equal("""{"late":true}""", (await rig.RunAsync(waiting)).Payload);
        var hasty = rig.Node("""
            exports.handler = (event, context, callback) => {
              context.callbackWaitsForEmptyEventLoop = false;
              setInterval(() => {}, 1000);
              callback(null, 'at once');
            };
            """);
        Assert.Equal("\"at once\"", (await rig.RunAsync(hasty)).Payload);
        Assert.Equal("\"at once\"", (await rig.RunAsync(hasty)).Payload);
        var failing = await rig.RunAsync(rig.Node("exports.handler = (event, context, callback) => callback(new TypeError('no'));"));
        Assert.StartsWith("""{"errorType":"TypeError","errorMessage":"no","trace":["TypeError: no",""", failing.Payload, StringComparison.Ordinal);
        Assert.Equal("null", (await rig.RunAsync(rig.Node("exports.handler = () => {};"))).Payload);
        Assert.Equal("null", (await rig.RunAsync(rig.Node("exports.handler = () => new Promise(() => {});"))).Payload);
        Assert.Equal("1", (await rig.RunAsync(rig.Node("exports.handler = (e, context) => { context.succeed(1); };"))).Payload);
    }

    [ProgramFact("node", "--version")]
    public async Task Handlers_are_found_in_modules_of_both_kinds()
    {
        await using var rig = new FunctionRig();
        Assert.Equal("1", (await rig.RunAsync(rig.Node("export const handler = async () => 1;", file: "index.mjs"))).Payload);
        Assert.Equal("2", (await rig.RunAsync(rig.Node("exports.handler = async () => 2;", file: "index.cjs"))).Payload);
        var typed = rig.Function(
            "nodejs20.x",
            "src/app.deep.handler",
            ("package.json", """{"type": "module"}""", false),
            ("src/part.js", "export default 3;", false),
            ("src/app.js", "import part from './part.js'; await null; export const deep = { handler: async () => part };", false));
        Assert.Equal("3", (await rig.RunAsync(typed)).Payload);
        var package = rig.Function(
            "nodejs20.x",
            "index.handler",
            ("node_modules/four/index.js", "module.exports = 4;", false),
            ("index.js", "const four = require('four'); exports.handler = async () => four;", false));
        Assert.Equal("4", (await rig.RunAsync(package)).Payload);
        var inPackage = rig.Function(
            "nodejs20.x", "five/app.handler", ("node_modules/five/app.js", "exports.handler = async () => 5;", false));
        Assert.Equal("5", (await rig.RunAsync(inPackage)).Payload);
    }

    [ProgramFact("node", "--version")]
    public async Task Errors_have_the_runtimes_shape()
    {
        await using var rig = new FunctionRig();
        var version = rig.Node("let calls = 0; exports.handler = async () => { if (++calls === 1) throw new RangeError('boom'); return calls; };");
        var thrown = await rig.RunAsync(version);
        Assert.Equal("Unhandled", thrown.Error);
        Assert.StartsWith(
            """{"errorType":"RangeError","errorMessage":"boom","trace":["RangeError: boom","    at """, thrown.Payload, StringComparison.Ordinal);
        Assert.Contains("""ERROR	Invoke Error 	{"errorType":"RangeError","errorMessage":"boom","stack":["RangeError: boom",""", thrown.LogTail, StringComparison.Ordinal);
        Assert.Equal("2", (await rig.RunAsync(version)).Payload);
        Assert.Equal(
            """{"errorType":"string","errorMessage":"text","trace":[]}""",
            (await rig.RunAsync(rig.Node("exports.handler = async () => { throw 'text'; };"))).Payload);
        Assert.Equal(
            """{"errorType":"string","errorMessage":"handled","trace":[]}""",
            (await rig.RunAsync(rig.Node("exports.handler = async () => { throw undefined; };"))).Payload);
        Assert.StartsWith(
            """{"errorType":"Error","errorMessage":"Unable to stringify response body",""",
            (await rig.RunAsync(rig.Node("exports.handler = async () => 1n;"))).Payload,
            StringComparison.Ordinal);
        Assert.StartsWith(
            """{"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'other'\nRequire stack:\n- """,
            (await rig.RunAsync(rig.Node("", "other.handler"))).Payload,
            StringComparison.Ordinal);
        Assert.StartsWith(
            """{"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'nope'\nRequire stack:\n- """,
            (await rig.RunAsync(rig.Node("require('nope')"))).Payload,
            StringComparison.Ordinal);
        Assert.StartsWith(
            """{"errorType":"Runtime.HandlerNotFound","errorMessage":"index.handler is undefined or not exported","trace":["Runtime.HandlerNotFound: """,
            (await rig.RunAsync(rig.Node("exports.other = 1;"))).Payload,
            StringComparison.Ordinal);
        Assert.StartsWith(
            """{"errorType":"Runtime.MalformedHandlerName","errorMessage":"Bad handler",""",
            (await rig.RunAsync(rig.Node("", "nodot"))).Payload,
            StringComparison.Ordinal);
        Assert.StartsWith(
            """{"errorType":"Runtime.UserCodeSyntaxError","errorMessage":"SyntaxError: """,
            (await rig.RunAsync(rig.Node("exports.handler = (;"))).Payload,
            StringComparison.Ordinal);
    }

    [ProgramFact("node", "--version")]
    public async Task What_nobody_catches_is_the_calls_error_and_ends_the_process()
    {
        await using var rig = new FunctionRig();
        var rejected = rig.Node("""
            let calls = 0;
            exports.handler = async event => {
              if (!event.bad) return ++calls;
              Promise.reject(new Error('nobody'));
              await new Promise(() => setTimeout(() => {}, 60000));
            };
            """);
        Assert.Equal("1", (await rig.RunAsync(rejected)).Payload);
        Assert.Equal("2", (await rig.RunAsync(rejected)).Payload);
        var outcome = await rig.RunAsync(rejected, """{"bad":true}""");
        Assert.StartsWith(
            """{"errorType":"Runtime.UnhandledPromiseRejection","errorMessage":"Error: nobody",""", outcome.Payload, StringComparison.Ordinal);
        Assert.Equal("1", (await rig.RunAsync(rejected)).Payload);
        var uncaught = rig.Node("exports.handler = () => { setTimeout(() => { throw new Error('late'); }, 1); };");
        Assert.StartsWith(
            """{"errorType":"Error","errorMessage":"late",""", (await rig.RunAsync(uncaught)).Payload, StringComparison.Ordinal);
    }

    [ProgramFact("node", "--version")]
    public async Task A_response_over_the_limit_is_refused_and_the_environment_lives_on()
    {
        await using var rig = new FunctionRig();
        var version = rig.Node("let calls = 0; exports.handler = async n => { calls++; return n > 0 ? 'x'.repeat(n) : calls; };");
        Assert.Equal(6_291_556, (await rig.RunAsync(version, "6291554")).Payload.Length);
        Assert.Equal(
            """{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}""",
            (await rig.RunAsync(version, "6291555")).Payload);
        Assert.Equal("3", (await rig.RunAsync(version, "0")).Payload);
    }
}
