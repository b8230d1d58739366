using System.Text.RegularExpressions;
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

    [GeneratedRegex(@"^[0-9]{4}/[0-9]{2}/[0-9]{2}/\[\$LATEST\][0-9a-f]{32}$")]
    private static partial Regex Stream();
}
