using System.Globalization;
using System.Net;
using System.Text.Json;
using Storage.Layers.Tests.Walk;
using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests.Crash;

/// <summary>
/// "Killing the server leaves no function process; restarting brings back every function, mapping and queue entry."
/// </summary>
public sealed class RestartTests : IDisposable
{
    private const int Calls = 20;

    /// <summary>Nothing is noted before the gate opens, so that the first server does none of it.</summary>
    private const string Note = """
        import os, subprocess, time

        subprocess.Popen(['sh', '-c', 'sleep 1000 & sleep 1000'])
        subprocess.Popen(['sleep', '1000'], start_new_session=True)

        def handler(event, context):
            while not os.path.exists(os.environ['GATE']):
                time.sleep(0.05)
            file = os.open(os.environ['NOTES'], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            os.write(file, ('%s %s\n' % (event, context.aws_request_id)).encode())
            os.close(file)
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ScratchDirectory scratch = new();

    private string Data => scratch.File("data");

    public void Dispose() => scratch.Dispose();

    [ProgramFact("python3", "--version")]
    public async Task Kill_9_leaves_no_process_and_loses_no_function_no_mapping_and_no_queued_call()
    {
        using var limit = new CancellationTokenSource(Patience);
        string mappings;
        string[] requestIds;
        await using (var server = await ServerProcess.StartReadyAsync("--data", Data))
        {
            using var calls = new ServiceCalls(server.Url);
            await calls.CreateFunctionAsync(
                "note", "python3.13", "note.handler", FunctionZip.Of(("note.py", Note)), 120,
                ("GATE", scratch.File("gate")), ("NOTES", scratch.File("notes")));
            var table = await calls.DynamoDbAsync("CreateTable", """
                {"TableName":"Keyed","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"k","KeyType":"HASH"}],
                 "AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}],
                 "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}}
                """);
            var stream = table.GetProperty("TableDescription").GetProperty("LatestStreamArn").GetString();
            using var mapped = await calls.LambdaAsync(HttpMethod.Post, "/2015-03-31/event-source-mappings", ServiceCalls.Json(
                $$"""{"FunctionName":"note","EventSourceArn":"{{stream}}","StartingPosition":"LATEST"}"""));
            Assert.Equal(HttpStatusCode.Accepted, mapped.StatusCode);
            requestIds = await Task.WhenAll(Enumerable.Range(0, Calls).Select(async number =>
            {
                using var answer = await calls.InvokeAsync("note", number.ToString(CultureInfo.InvariantCulture), "Event");
                Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
                return answer.Headers.GetValues("x-amzn-RequestId").Single();
            }));
            while (FunctionProcesses.Find(Data).Count < 4)
            {
                await Task.Delay(10, limit.Token); // the handler runs, and its children
            }

            do
            {
                mappings = await MappingsAsync(calls);
            }
            while (!mappings.Contains("\"Enabled\"", StringComparison.Ordinal));
            server.Kill();
            await server.WaitForExitAsync();
        }

        await FunctionProcesses.WaitUntilGoneAsync(Data);
        Assert.False(File.Exists(scratch.File("notes")));
        await File.WriteAllTextAsync(scratch.File("gate"), string.Empty);

        await using (var server = await ServerProcess.StartReadyAsync("--data", Data))
        {
            using var calls = new ServiceCalls(server.Url);
            using var found = await calls.LambdaAsync(HttpMethod.Get, "/2015-03-31/functions/note");
            Assert.Equal(HttpStatusCode.OK, found.StatusCode);
            Assert.Equal(mappings, await MappingsAsync(calls));

            // An entry that ran without its end being noted runs again: each is there, some perhaps twice.
            string[] notes;
            do
            {
                await Task.Delay(10, limit.Token);
                notes = File.Exists(scratch.File("notes")) ? await File.ReadAllLinesAsync(scratch.File("notes")) : [];
            }
            while (notes.Distinct().Count() < Calls);
            Assert.Equal(
                requestIds.Select((id, number) => string.Create(CultureInfo.InvariantCulture, $"{number} {id}")).Order(StringComparer.Ordinal),
                notes.Distinct().Order(StringComparer.Ordinal));
            server.Terminate();
            await server.WaitForExitAsync();
        }

        await FunctionProcesses.WaitUntilGoneAsync(Data);
    }

    private static async Task<string> MappingsAsync(ServiceCalls calls)
    {
        using var listed = await calls.LambdaAsync(HttpMethod.Get, "/2015-03-31/event-source-mappings?FunctionName=note");
        using var body = JsonDocument.Parse(await listed.Content.ReadAsStringAsync());
        return body.RootElement.GetProperty("EventSourceMappings").ToString();
    }
}
