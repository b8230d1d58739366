using System.Text.RegularExpressions;
using Storage.Server.Aws;
using Xunit;

namespace Storage.Layers.Tests.Aws;

/// <summary>Every operation that AWS's models have answers by its name, whether built or not: never an empty success.</summary>
public sealed partial class ModelWalkTests
{
    [Fact]
    public async Task Every_operation_of_lambda_that_is_not_built_is_named()
    {
        var service = new RestService("lambda", 1000, []);
        await using var rig = RouterRig.Of(service);
        Assert.Equal(85, service.Routes.Count);
        foreach (var route in service.Routes)
        {
            var answer = await rig.SendAsync(
                route.Method, Parameter().Replace(route.Template, "value"), RouterRig.Signed("lambda"));
            Assert.Equal(
                (501, $"AWS Lambda's operation {route.Name} is not built yet."), (answer.Status, (string?)answer.Json["message"]));
        }
    }

    [Fact]
    public async Task Every_operation_of_logs_that_is_not_built_is_named()
    {
        await using var rig = RouterRig.Of(new JsonService("logs", "Logs_20140328.", "1.1", new Dictionary<string, JsonOperation>()));
        var operations = ServiceModel.Of("logs").Operations;
        Assert.Contains("PutLogEvents", operations);
        foreach (var operation in operations)
        {
            var answer = await rig.SendJsonAsync("logs", "Logs_20140328." + operation, "{}");
            Assert.Equal(
                (501, $"Amazon CloudWatch Logs' operation {operation} is not built yet."), (answer.Status, (string?)answer.Json["message"]));
        }
    }

    [Theory]
    [InlineData("sts", "AssumeRole", "AWS Security Token Service's")]
    [InlineData("iam", "CreateRole", "AWS Identity and Access Management's")]
    public async Task Every_operation_of_a_Query_service_that_is_not_built_is_named(string name, string known, string title)
    {
        await using var rig = RouterRig.Of(new QueryService(name, "https://example/", new Dictionary<string, QueryOperation>()));
        var operations = ServiceModel.Of(name).Operations;
        Assert.Contains(known, operations);
        foreach (var operation in operations)
        {
            var answer = await rig.SendFormAsync(name, "Action=" + operation);
            Assert.Equal((501, $"{title} operation {operation} is not built yet."), (answer.Status, answer.Element("Message")));
        }
    }

    /// <summary>What is given wins over the model, by name.</summary>
    [Fact]
    public async Task A_built_route_replaces_that_of_the_model()
    {
        var service = new RestService("lambda", 1000, [
            new RestRoute("GET", "/2015-03-31/functions", "ListFunctions", (_, _) => ValueTask.FromResult(new RestAnswer(200, null)))]);
        await using var rig = RouterRig.Of(service);
        Assert.Equal(85, service.Routes.Count);
        Assert.Equal(200, (await rig.SendAsync("GET", "/2015-03-31/functions/", RouterRig.Signed("lambda"))).Status);
    }

    [GeneratedRegex(@"\{\w+\+?\}")]
    private static partial Regex Parameter();
}
