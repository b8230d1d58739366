using System.Text.Json;
using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests.Environments;

/// <summary>
/// What a handler in JavaScript does and what the caller gets. Source: recorded answers of AWS's runtime client
/// aws-lambda-ric 3.3.0 on Node 20, run here as the bootstrap of a provided.al2023 function with the same handlers.
/// </summary>
public sealed class NodeContractTests
{
    [ProgramTheory("node", "--version")]
    [InlineData("async () => null", "null")]
    [InlineData("async () => NaN", "null")]
    [InlineData("async () => new Date(0)", "\"1970-01-01T00:00:00.000Z\"")]
    [InlineData("async () => new Map([[1, 2]])", "{}")]
    [InlineData("async () => ({ toJSON() { return 'json'; } })", "\"json\"")]
    [InlineData("() => 5", "null")]
    [InlineData("() => { throw null; }", "null")]
    [InlineData("() => ({ then(give) { give('thenable'); } })", "\"thenable\"")]
    [InlineData("(event, context, callback) => callback()", "null")]
    [InlineData("(event, context, callback) => { callback(null, 1); callback(null, 2); }", "1")]
    [InlineData("(event, context, callback) => { callback(null, 1); callback(new Error('second')); }", "1")]
    [InlineData("(event, context, callback) => { setTimeout(() => callback(null, 'later'), 10); }", "\"later\"")]
    [InlineData("async (event, context, callback) => { callback(null, 'callback'); return 'return'; }", "\"callback\"")]
    [InlineData("(event, context) => context.done(null, 'done')", "\"done\"")]
    [InlineData("function () { return Promise.resolve(typeof this); }", "\"object\"")]
    [InlineData(
        "async (event, context) => Object.keys(context).join()",
        "\"callbackWaitsForEmptyEventLoop,succeed,fail,done,functionVersion,functionName,memoryLimitInMB,logGroupName,"
        + "logStreamName,clientContext,identity,invokedFunctionArn,awsRequestId,tenantId,getRemainingTimeInMillis\"")]
    public async Task Answers(string handler, string payload)
    {
        await using var rig = new FunctionRig();
        var outcome = await rig.RunAsync(rig.Node($"exports.handler = {handler};"));
        Assert.Equal((payload, null), (outcome.Payload, outcome.Error));
    }

    [ProgramTheory("node", "--version")]
    [InlineData("async () => { throw undefined; }", "string", "handled")]
    [InlineData("() => Promise.reject()", "string", "handled")]
    [InlineData("(event, context) => context.fail()", "string", "handled")]
    [InlineData("async () => { throw 5; }", "number", "5")]
    [InlineData("() => { throw 'text'; }", "string", "text")]
    [InlineData("async () => { throw { a: 1, message: 'x' }; }", "object", "[object Object]")]
    [InlineData("async () => { throw { name: 'Like', message: 'x', stack: 'a\\nb' }; }", "Like", "x")]
    [InlineData("async () => { throw Symbol('s'); }", "TypeError", "Cannot convert a Symbol value to a string")]
    [InlineData("async () => { throw { toString() { throw new Error('no'); } }; }", "Error", "no")]
    [InlineData("async () => { throw new Error('ü 😀 \\x7f'); }", "Error", "ü 😀 %7F")]
    [InlineData("async () => () => 1", "TypeError", "Wrong arguments")]
    [InlineData("async () => ({ n: 10n })", "Error", "Unable to stringify response body")]
    [InlineData("(event, context, callback) => callback(false, 1)", "boolean", "false")]
    [InlineData("(event, context, callback) => callback('', 1)", "string", "")]
    [InlineData("(event, context) => context.done(new RangeError('done'))", "RangeError", "done")]
    public async Task Refusals(string handler, string errorType, string errorMessage)
    {
        await using var rig = new FunctionRig();
        var outcome = await rig.RunAsync(rig.Node($"exports.handler = {handler};"));
        Assert.Equal("Unhandled", outcome.Error);
        var error = JsonDocument.Parse(outcome.Payload).RootElement;
        Assert.Equal(
            (errorType, errorMessage), (error.GetProperty("errorType").GetString(), error.GetProperty("errorMessage").GetString()));
        Assert.Equal(["errorType", "errorMessage", "trace"], error.EnumerateObject().Select(member => member.Name));
    }

    [ProgramFact("node", "--version")]
    public async Task The_log_shows_all_of_an_error_and_the_payload_only_type_message_and_trace()
    {
        await using var rig = new FunctionRig();
        var custom = await rig.RunAsync(rig.Node("""
            exports.handler = async () => { throw Object.assign(new TypeError('mine'), { code: 'E1', extra: { deep: [1] } }); };
            """));
        Assert.Contains(
            "\tERROR\tInvoke Error \t{\"errorType\":\"TypeError\",\"errorMessage\":\"mine\",\"code\":\"E1\",\"extra\":{\"deep\":[1]},\"stack\":[\"TypeError: mine\",",
            custom.LogTail,
            StringComparison.Ordinal);
        var named = await rig.RunAsync(rig.Node("exports.work = async () => { throw new Error(); };", "index.work"));
        Assert.Contains("at exports.work [as handler] (", named.Payload, StringComparison.Ordinal);
        var rejected = await rig.RunAsync(rig.Node("exports.handler = async () => { Promise.reject('nobody'); await new Promise(() => setTimeout(() => {}, 60000)); };"));
        Assert.StartsWith(
            """{"errorType":"Runtime.UnhandledPromiseRejection","errorMessage":"nobody","trace":["Runtime.UnhandledPromiseRejection: nobody",""",
            rejected.Payload,
            StringComparison.Ordinal);
        Assert.EndsWith("\"]}", rejected.Payload, StringComparison.Ordinal); // reason and promise are in the log only
        Assert.Contains("\"reason\":\"nobody\",\"promise\":{},\"stack\":[", rejected.LogTail, StringComparison.Ordinal);
        var text = await rig.RunAsync(rig.Node("exports.handler = async () => { console.log(); console.log('%s is %d', 'x', 5); throw 'text'; };"));
        Assert.Contains("\tINFO\tundefined\n", text.LogTail, StringComparison.Ordinal);
        Assert.Contains("\tINFO\tx is 5\n", text.LogTail, StringComparison.Ordinal);
        Assert.Contains("{\"errorType\":\"Error\",\"errorMessage\":\"text\",\"stack\":[\"Error: text\",", text.LogTail, StringComparison.Ordinal);
    }

    [ProgramFact("node", "--version")]
    public async Task A_rejection_while_the_module_loads_fails_the_init()
    {
        await using var rig = new FunctionRig();
        Assert.StartsWith(
            """{"errorType":"Runtime.UnhandledPromiseRejection","errorMessage":"Error: early","trace":["Runtime.UnhandledPromiseRejection: Error: early",""",
            (await rig.RunAsync(rig.Node("Promise.reject(new Error('early')); exports.handler = async () => 1;"))).Payload,
            StringComparison.Ordinal);
    }

    [ProgramFact("node", "--version")]
    public async Task A_handler_may_be_in_a_directory_with_an_index()
    {
        await using var rig = new FunctionRig();
        var version = rig.Function("nodejs20.x", "part.handler", ("part/index.js", "exports.handler = async () => 'index';", false));
        Assert.Equal("\"index\"", (await rig.RunAsync(version)).Payload);
    }
}
