using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Storage.Server.Aws;
using Storage.Server.Lambda.Invocation;
using Xunit;

namespace Storage.Layers.Tests.Invocation;

/// <summary>Settings of asynchronous calls. Source: the service model, PutFunctionEventInvokeConfig and its neighbours.</summary>
public sealed class EventInvokeConfigTests
{
    private const string Arn = "arn:aws:lambda:us-east-1:123456789012:function:F:";

    [Fact]
    public async Task What_is_put_is_read_back_with_the_qualified_ARN()
    {
        await using var rig = await StartAsync();
        var put = await RunAsync(rig, "Put", "{\"MaximumRetryAttempts\":0,\"MaximumEventAgeInSeconds\":60}");
        Assert.Equal(200, put.Status);
        Assert.Equal(Arn + "$LATEST", (string)put.Json!["FunctionArn"]!);
        Assert.Equal(0, (int)put.Json["MaximumRetryAttempts"]!);
        Assert.Equal(60, (int)put.Json["MaximumEventAgeInSeconds"]!);
        Assert.Equal(1_795_435_200m, (decimal)put.Json["LastModified"]!);
        Assert.Equal("{\"OnSuccess\":{},\"OnFailure\":{}}", put.Json["DestinationConfig"]!.ToJsonString());
        Assert.True(JsonNode.DeepEquals(put.Json, (await RunAsync(rig, "Get")).Json));
    }

    [Fact]
    public async Task Put_replaces_all_and_Update_what_is_given()
    {
        await using var rig = await StartAsync();
        await RunAsync(rig, "Put", "{\"MaximumRetryAttempts\":1,\"MaximumEventAgeInSeconds\":100}");
        var updated = (await RunAsync(rig, "Update", "{\"MaximumRetryAttempts\":2}")).Json!;
        Assert.Equal((2, 100), ((int)updated["MaximumRetryAttempts"]!, (int)updated["MaximumEventAgeInSeconds"]!));
        var put = (await RunAsync(rig, "Put", "{\"MaximumRetryAttempts\":1}")).Json!.AsObject();
        Assert.False(put.ContainsKey("MaximumEventAgeInSeconds"));
    }

    [Fact]
    public async Task Each_qualifier_has_its_own_and_List_pages_through_them()
    {
        await using var rig = await StartAsync();
        rig.Catalog.Point("F", "live", "1");
        rig.Catalog.Point("F", "1", "1");
        foreach (var qualifier in new[] { null, "live", "1" })
        {
            await RunAsync(rig, "Put", "{\"MaximumRetryAttempts\":1}", qualifier);
        }

        var arns = new List<string>();
        string? marker = null;
        do
        {
            var page = (await RunAsync(rig, "List", query: [("MaxItems", "2"), ("Marker", marker ?? "")])).Json!;
            Assert.InRange(page["FunctionEventInvokeConfigs"]!.AsArray().Count, 1, 2);
            arns.AddRange(page["FunctionEventInvokeConfigs"]!.AsArray().Select(config => (string)config!["FunctionArn"]!));
            marker = (string?)page["NextMarker"];
        }
        while (marker is not null);
        Assert.Equal([Arn + "$LATEST", Arn + "1", Arn + "live"], arns);

        Assert.Equal(204, (await RunAsync(rig, "Delete", qualifier: "live")).Status);
        Assert.Equal(404, (await RefusalAsync(() => RunAsync(rig, "Get", qualifier: "live"))).Status);
        Assert.Equal(404, (await RefusalAsync(() => RunAsync(rig, "Delete", qualifier: "live"))).Status);
    }

    [Theory]
    [InlineData("{\"MaximumRetryAttempts\":3}", "ValidationException", "1 validation error detected: Value '3' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 2")]
    [InlineData("{\"MaximumRetryAttempts\":-1}", "ValidationException", "1 validation error detected: Value '-1' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value greater than or equal to 0")]
    [InlineData("{\"MaximumEventAgeInSeconds\":59}", "ValidationException", "1 validation error detected: Value '59' at 'maximumEventAgeInSeconds' failed to satisfy constraint: Member must have value greater than or equal to 60")]
    [InlineData("{\"MaximumEventAgeInSeconds\":21601}", "ValidationException", "1 validation error detected: Value '21601' at 'maximumEventAgeInSeconds' failed to satisfy constraint: Member must have value less than or equal to 21600")]
    [InlineData("{}", "InvalidParameterValueException", "You must specify at least one of error handling or destination setting.")]
    [InlineData("{\"DestinationConfig\":{\"OnFailure\":{\"Destination\":\"arn:aws:sqs:us-east-1:123456789012:q\"}}}", "InvalidParameterValueException", "Destinations of asynchronous invocations are not built: DestinationConfig.OnFailure must be empty.")]
    [InlineData("{\"MaximumRetryAttempts\":\"1\"}", "SerializationException", "MaximumRetryAttempts is not an integer.")]
    public async Task What_is_wrong_is_refused_and_nothing_kept(string body, string code, string message)
    {
        await using var rig = await StartAsync();
        var fault = await RefusalAsync(() => RunAsync(rig, "Put", body));
        Assert.Equal((400, code, message), (fault.Status, fault.Code, fault.Message));
        Assert.Equal(404, (await RefusalAsync(() => RunAsync(rig, "Get"))).Status);
    }

    [Fact]
    public async Task A_function_that_is_not_there_has_none()
    {
        await using var rig = await Rig.StartAsync();
        foreach (var operation in new[] { "Put", "Update", "Get", "Delete", "List" })
        {
            var fault = await RefusalAsync(() => RunAsync(rig, operation, "{\"MaximumRetryAttempts\":1}"));
            Assert.Equal((404, "ResourceNotFoundException"), (fault.Status, fault.Code));
        }
    }

    private static async Task<Rig> StartAsync() => await Rig.StartAsync(prepare: rig => rig.Catalog.Add("F"));

    private static async Task<AwsFault> RefusalAsync(Func<Task> call) =>
        (await Assert.ThrowsAsync<AwsException>(call)).Fault;

    private static Task<RestAnswer> RunAsync(
        Rig rig, string operation, string body = "", string? qualifier = null, params (string Name, string Value)[] query)
    {
        var given = query.ToDictionary(pair => pair.Name, pair => new StringValues(pair.Value));
        if (qualifier is not null)
        {
            given["Qualifier"] = qualifier;
        }

        var request = new RestRequest(
            new AwsCall("id", "us-east-1", "123456789012", "AKIA"),
            new Dictionary<string, string> { ["FunctionName"] = "F" },
            new QueryCollection(given),
            new HeaderDictionary(),
            Encoding.UTF8.GetBytes(body));
        return EventInvokeConfigRoutes.Of(rig.Catalog, rig.Configs, rig.Time)
            .Single(route => route.Name.StartsWith(operation, StringComparison.Ordinal))
            .Run!(request, default).AsTask();
    }
}
