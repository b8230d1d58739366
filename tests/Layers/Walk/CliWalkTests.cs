using System.Text.Json;
using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests.Walk;

/// <summary>
/// What a user does with the AWS CLI on a laptop without Docker and without an account: a function, its logs, and a
/// second one on the stream of a table.
/// </summary>
public sealed class CliWalkTests : IDisposable
{
    private const string Role = "arn:aws:iam::123456789012:role/lambda-role";

    private const string Hello = """
        import json

        def lambda_handler(event, context):
            # TODO implement
            return {
                'statusCode': 200,
                'body': json.dumps('Hello from Lambda!')
            }
        """;

    /// <summary>boto3 finds the server by the endpoint variable of its environment.</summary>
    private const string Audit = """
        import boto3

        audit = boto3.client('dynamodb')

        def lambda_handler(event, context):
            for record in event['Records']:
                print(record['eventName'], record['dynamodb']['Keys']['id']['S'])
                audit.put_item(TableName='audit', Item={
                    'id': {'S': record['eventID']},
                    'event': {'S': record['eventName']},
                    'user': record['dynamodb']['Keys']['id'],
                    'old': record['dynamodb'].get('OldImage', {}).get('name', {'S': '-'}),
                    'new': record['dynamodb'].get('NewImage', {}).get('name', {'S': '-'}),
                })
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ScratchDirectory scratch = new();

    public void Dispose() => scratch.Dispose();

    [ProgramFact("aws", "--version")]
    public async Task A_function_is_made_called_and_its_log_read_and_all_of_it_outlives_kill_9()
    {
        await using (var server = await StartAsync())
        {
            using var role = await AwsAsync(
                server, "iam", "create-role", "--role-name", "lambda-role", "--assume-role-policy-document",
                """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}""");
            Assert.Equal(Role, Text(role, "Role", "Arn"));
            using var caller = await AwsAsync(server, "sts", "get-caller-identity");
            Assert.Equal("123456789012", Text(caller, "Account"));

            using var created = await CreateFunctionAsync(server, "hello-lambda", Hello);
            Assert.Equal("Pending", Text(created, "State"));
            using var waited = await AwsAsync(server, "lambda", "wait", "function-active-v2", "--function-name", "hello-lambda");
            await AssertSaysHelloAsync(server);

            using var logged = await AwsAsync(
                server, "logs", "filter-log-events", "--log-group-name", "/aws/lambda/hello-lambda");
            var lines = logged!.RootElement.GetProperty("events").EnumerateArray()
                .Select(line => line.GetProperty("message").GetString()!).ToArray();
            Assert.Contains(lines, line => line.StartsWith("START RequestId: ", StringComparison.Ordinal));
            Assert.Contains(lines, line => line.StartsWith("END RequestId: ", StringComparison.Ordinal));
            Assert.Contains(lines, line => line.StartsWith("REPORT RequestId: ", StringComparison.Ordinal));
            server.Kill();
            await server.WaitForExitAsync();
        }

        await using (var server = await StartAsync())
        {
            await AssertSaysHelloAsync(server);
        }
    }

    [ProgramFact("python3", "-c", "import boto3")]
    public async Task A_function_on_a_tables_stream_writes_what_happened_to_users_into_another_table()
    {
        await using var server = await StartAsync();
        using var users = await AwsAsync(
            server, "dynamodb", "create-table", "--table-name", "users", "--billing-mode", "PAY_PER_REQUEST",
            "--attribute-definitions", "AttributeName=id,AttributeType=S", "--key-schema", "AttributeName=id,KeyType=HASH",
            "--stream-specification", "StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES");
        using var audit = await AwsAsync(
            server, "dynamodb", "create-table", "--table-name", "audit", "--billing-mode", "PAY_PER_REQUEST",
            "--attribute-definitions", "AttributeName=id,AttributeType=S", "--key-schema", "AttributeName=id,KeyType=HASH");
        using var created = await CreateFunctionAsync(server, "audit-users", Audit);
        using var mapping = await AwsAsync(
            server, "lambda", "create-event-source-mapping", "--function-name", "audit-users",
            "--event-source-arn", Text(users, "TableDescription", "LatestStreamArn"), "--starting-position", "TRIM_HORIZON");
        Assert.Equal("Creating", Text(mapping, "State"));

        using var put = await AwsAsync(
            server, "dynamodb", "put-item", "--table-name", "users", "--item", """{"id":{"S":"1"},"name":{"S":"John"}}""");
        using var updated = await AwsAsync(
            server, "dynamodb", "update-item", "--table-name", "users", "--key", """{"id":{"S":"1"}}""",
            "--update-expression", "SET #n = :n", "--expression-attribute-names", """{"#n":"name"}""",
            "--expression-attribute-values", """{":n":{"S":"Jane"}}""");
        using var deleted = await AwsAsync(
            server, "dynamodb", "delete-item", "--table-name", "users", "--key", """{"id":{"S":"1"}}""");

        string[] expected = ["INSERT 1 - John", "MODIFY 1 John Jane", "REMOVE 1 Jane -"];
        string[] seen;
        using var limit = new CancellationTokenSource(Patience);
        do
        {
            limit.Token.ThrowIfCancellationRequested();
            using var scanned = await AwsAsync(server, "dynamodb", "scan", "--table-name", "audit");
            seen = [.. scanned!.RootElement.GetProperty("Items").EnumerateArray()
                .Select(item => string.Join(' ', new[] { "event", "user", "old", "new" }.Select(name => Text(item, name, "S"))))
                .Order(StringComparer.Ordinal)];
        }
        while (seen.Length < expected.Length);
        Assert.Equal(expected, seen);
    }

    private static async Task AssertSaysHelloAsync(ServerProcess server)
    {
        var answer = Path.GetTempFileName();
        try
        {
            using var invoked = await AwsAsync(
                server, "lambda", "invoke", "--function-name", "hello-lambda", "--log-type", "Tail", answer);
            Assert.Equal("""{"statusCode": 200, "body": "\"Hello from Lambda!\""}""", await File.ReadAllTextAsync(answer));
            Assert.Equal("$LATEST", Text(invoked, "ExecutedVersion"));
            var tail = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(Text(invoked, "LogResult")));
            Assert.Matches(@"START RequestId: \S{36} Version: \$LATEST\n", tail);
            Assert.Matches(@"END RequestId: \S{36}\n", tail);
            Assert.Matches(@"REPORT RequestId: \S{36}\tDuration: [0-9.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\t", tail);
        }
        finally
        {
            File.Delete(answer);
        }
    }

    private async Task<JsonDocument?> CreateFunctionAsync(ServerProcess server, string name, string code)
    {
        var zip = scratch.File(name + ".zip");
        await File.WriteAllBytesAsync(zip, FunctionZip.Of(("lambda_function.py", code)));
        return await AwsAsync(
            server, "lambda", "create-function", "--function-name", name, "--runtime", "python3.14", "--role", Role,
            "--handler", "lambda_function.lambda_handler", "--zip-file", "fileb://" + zip, "--timeout", "30");
    }

    private Task<ServerProcess> StartAsync() => ServerProcess.StartReadyAsync("--data", scratch.File("data"));

    private static Task<JsonDocument?> AwsAsync(ServerProcess server, params string[] command) =>
        ClientProgram.AwsAsync(server.Url, command);

    private static string Text(JsonDocument? document, params string[] path) => Text(document!.RootElement, path);

    private static string Text(JsonElement element, params string[] path) =>
        path.Aggregate(element, (at, name) => at.GetProperty(name)).GetString()!;
}
