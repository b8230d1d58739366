using System.Text.Json.Nodes;
using Storage.Server.Aws;
using Storage.Server.Lambda.EventSources;
using Xunit;

namespace Storage.Layers.Tests.EventSources;

/// <summary>The operations on mappings. Sources: recorded answers of AWS, and the constraints of the service's model.</summary>
public sealed class MappingOperationTests
{
    private const string FunctionArn = FakeFunctions.ArnPrefix + "f";

    [Fact]
    public async Task A_mapping_with_defaults_answers_as_recorded()
    {
        await using var rig = await SourceRig.StartAsync();
        var created = await rig.CreateAsync(Request());
        var uuid = created["UUID"]!.GetValue<string>();
        Assert.Equal(uuid, Guid.ParseExact(uuid, "D").ToString());
        var expected = JsonNode.Parse($$$"""
            {"UUID":"{{{uuid}}}","StartingPosition":"TRIM_HORIZON","BatchSize":100,"MaximumBatchingWindowInSeconds":0,
             "ParallelizationFactor":1,"EventSourceArn":"{{{FakeStream.Arn}}}","FunctionArn":"{{{FunctionArn}}}",
             "LastModified":1795435200,"LastProcessingResult":"No records processed","State":"Creating",
             "StateTransitionReason":"User action","DestinationConfig":{"OnFailure":{}},"MaximumRecordAgeInSeconds":-1,
             "BisectBatchOnFunctionError":false,"MaximumRetryAttempts":-1,"TumblingWindowInSeconds":0,
             "FunctionResponseTypes":[],
             "EventSourceMappingArn":"arn:aws:lambda:us-east-1:123456789012:event-source-mapping:{{{uuid}}}"
            }
            """);
        Assert.True(JsonNode.DeepEquals(expected, created), created.ToJsonString());
        await rig.StateAsync(uuid, "Enabled");
        expected!["State"] = "Enabled";
        Assert.True(JsonNode.DeepEquals(expected, await rig.GetAsync(uuid)));
    }

    [Fact]
    public async Task Every_setting_is_kept()
    {
        await using var rig = await SourceRig.StartAsync();
        var created = await rig.CreateAsync(Request("""
            "BatchSize":10000,"MaximumBatchingWindowInSeconds":300,"ParallelizationFactor":10,"MaximumRecordAgeInSeconds":604800,
            "BisectBatchOnFunctionError":true,"MaximumRetryAttempts":10000,"TumblingWindowInSeconds":0,
            "FunctionResponseTypes":["ReportBatchItemFailures"],"Tags":{"team":"a"},"DestinationConfig":{"OnFailure":{}},
            "FilterCriteria":{"Filters":[{"Pattern":"{\"eventName\":[\"INSERT\"]}"}]},"Topics":[],"KMSKeyArn":""
            """));
        await rig.StateAsync(created["UUID"]!.GetValue<string>(), "Enabled");
        await rig.RestartAsync();
        var got = await rig.GetAsync(created["UUID"]!.GetValue<string>());
        Assert.Equal(
            (10_000, 300, 10, 604_800, true, 10_000),
            (got["BatchSize"]!.GetValue<int>(), got["MaximumBatchingWindowInSeconds"]!.GetValue<int>(),
                got["ParallelizationFactor"]!.GetValue<int>(), got["MaximumRecordAgeInSeconds"]!.GetValue<int>(),
                got["BisectBatchOnFunctionError"]!.GetValue<bool>(), got["MaximumRetryAttempts"]!.GetValue<int>()));
        Assert.Equal("""["ReportBatchItemFailures"]""", got["FunctionResponseTypes"]!.ToJsonString());
        Assert.Equal("""{"eventName":["INSERT"]}""", got["FilterCriteria"]!["Filters"]![0]!["Pattern"]!.GetValue<string>());
        var stored = await rig.Table.FindAsync(created["UUID"]!.GetValue<string>(), default);
        Assert.Equal("a", stored!.Tags["team"]);
    }

    [Fact]
    public async Task Of_one_stream_and_function_there_is_one_mapping()
    {
        await using var rig = await SourceRig.StartAsync();
        var uuid = await rig.MapAsync();
        await rig.MapAsync(function: "g");
        await rig.MapAsync(function: "f:live"); // another target
        await RefusedAsync(
            () => rig.CreateAsync(Request()),
            409,
            "ResourceConflictException",
            $"The event source arn (\" {FakeStream.Arn} \") and function (\" {FunctionArn} \") provided mapping already exists. "
            + $"Please update or delete the existing mapping with UUID {uuid}");
    }

    [Theory]
    [InlineData("""{"FunctionName":"none","EventSourceArn":"ARN","StartingPosition":"LATEST"}""", "Function does not exist")]
    [InlineData("""{"FunctionName":"f","EventSourceArn":"ARN1","StartingPosition":"LATEST"}""", "Stream not found: ARN1")]
    [InlineData("""{"FunctionName":"f","StartingPosition":"LATEST"}""", "Unrecognized event source.")]
    [InlineData("""{"FunctionName":"f","EventSourceArn":"ARN","StartingPosition":"AT_TIMESTAMP"}""", "Unsupported starting position for arn type: ARN")]
    [InlineData(
        """{"FunctionName":"f","EventSourceArn":"ARN"}""",
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.")]
    [InlineData(
        """{"FunctionName":"f","EventSourceArn":"arn:aws:sqs:us-east-1:123456789012:q"}""",
        "Only DynamoDB streams are supported as event sources, and this is none: arn:aws:sqs:us-east-1:123456789012:q")]
    public async Task What_a_mapping_joins_must_be_there(string json, string message)
    {
        await using var rig = await SourceRig.StartAsync();
        await RefusedAsync(
            () => rig.CreateAsync(json.Replace("ARN", FakeStream.Arn, StringComparison.Ordinal)),
            400,
            "InvalidParameterValueException",
            message.Replace("ARN", FakeStream.Arn, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""  "FilterCriteria":{"Filters":[{"Pattern":"[]"}]} """, "Invalid filter pattern definition.")]
    [InlineData("""  "FilterCriteria":{"Filters":[{}]} """, "Invalid filter pattern definition.")]
    [InlineData("""  "FilterCriteria":{"Filters":[{"Pattern":"1"},{},{},{},{},{}]} """, "A mapping has at most 5 filters.")]
    [InlineData("""  "TumblingWindowInSeconds":1 """, "TumblingWindowInSeconds is not supported for event source mappings of DynamoDB streams.")]
    [InlineData(
        """  "DestinationConfig":{"OnFailure":{"Destination":"arn:aws:sqs:us-east-1:123456789012:q"}} """,
        "DestinationConfig.OnFailure.Destination is not supported for event source mappings of DynamoDB streams.")]
    [InlineData("""  "Queues":["q"] """, "Queues is not supported for event source mappings of DynamoDB streams.")]
    [InlineData("""  "ScalingConfig":{"MaximumConcurrency":2} """, "ScalingConfig is not supported for event source mappings of DynamoDB streams.")]
    [InlineData("""  "MaximumRecordAgeInSeconds":59 """, "MaximumRecordAgeInSeconds is -1, or from 60 to 604800.")]
    public async Task What_is_wrong_or_not_built_is_refused_by_name(string member, string message)
    {
        await using var rig = await SourceRig.StartAsync();
        await RefusedAsync(() => rig.CreateAsync(Request(member)), 400, "InvalidParameterValueException", message);
        var uuid = await rig.MapAsync();
        await RefusedAsync(() => rig.UpdateAsync(uuid, $"{{{member}}}"), 400, "InvalidParameterValueException", message);
    }

    [Theory]
    [InlineData("BatchSize", 1, 10_000)]
    [InlineData("MaximumBatchingWindowInSeconds", 0, 300)]
    [InlineData("ParallelizationFactor", 1, 10)]
    [InlineData("MaximumRecordAgeInSeconds", -1, 604_800)]
    [InlineData("MaximumRetryAttempts", -1, 10_000)]
    [InlineData("TumblingWindowInSeconds", 0, 900)]
    public async Task Numbers_keep_the_limits_of_the_model(string member, int min, int max)
    {
        await using var rig = await SourceRig.StartAsync();
        var name = char.ToLowerInvariant(member[0]) + member[1..];
        await RefusedAsync(
            () => rig.CreateAsync(Request($"\"{member}\":{min - 1}")),
            400,
            "ValidationException",
            $"1 validation error detected: Value '{min - 1}' at '{name}' failed to satisfy constraint: Member must have value greater than or equal to {min}");
        await RefusedAsync(
            () => rig.CreateAsync(Request($"\"{member}\":{max + 1}")),
            400,
            "ValidationException",
            $"1 validation error detected: Value '{max + 1}' at '{name}' failed to satisfy constraint: Member must have value less than or equal to {max}");
    }

    [Fact]
    public async Task Violations_of_the_model_are_named_together()
    {
        await using var rig = await SourceRig.StartAsync();
        await RefusedAsync(
            () => rig.CreateAsync("""{"BatchSize":0,"FunctionResponseTypes":["x"]}"""),
            400,
            "ValidationException",
            "3 validation errors detected: Value null at 'functionName' failed to satisfy constraint: Member must not be null; "
            + "Value '0' at 'batchSize' failed to satisfy constraint: Member must have value greater than or equal to 1; "
            + "Value '[x]' at 'functionResponseTypes' failed to satisfy constraint: Member must satisfy constraint: "
            + "[Member must satisfy enum value set: [ReportBatchItemFailures]]");
        var error = await Assert.ThrowsAsync<AwsException>(() => rig.CreateAsync(Request("\"BatchSize\":\"10\"")));
        Assert.Equal("SerializationException", error.Fault.Code);
        error = await Assert.ThrowsAsync<AwsException>(() => rig.CreateAsync("""{"FunctionName":"no spaces allowed"}"""));
        Assert.Contains("'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Ids and tags are keys and values of items, so longer ones than those take must not get there.</summary>
    [Fact]
    public async Task An_id_and_tags_longer_than_an_item_takes_are_the_clients_mistake()
    {
        await using var rig = await SourceRig.StartAsync();
        await RefusedAsync(
            () => rig.CallAsync("GetEventSourceMapping", 200, new string('a', 3000), null),
            404,
            "ResourceNotFoundException",
            "The resource you requested does not exist.");
        var tooLong = new string('t', 500_000);
        var refusal = await Assert.ThrowsAsync<AwsException>(() => rig.CreateAsync(
            $$"""{"FunctionName":"f","EventSourceArn":"{{FakeStream.Arn}}","StartingPosition":"LATEST","Tags":{"team":"{{tooLong}}"} }"""));
        Assert.Equal((400, "ValidationException"), (refusal.Fault.Status, refusal.Fault.Code));
        Assert.InRange(refusal.Fault.Message.Length, 1, 1000);
    }

    [Theory]
    [InlineData("GetEventSourceMapping", 200, null)]
    [InlineData("UpdateEventSourceMapping", 202, "{}")]
    [InlineData("DeleteEventSourceMapping", 202, null)]
    public async Task A_mapping_that_is_not_there_is_not_found(string operation, int status, string? body)
    {
        await using var rig = await SourceRig.StartAsync();
        await RefusedAsync(
            () => rig.CallAsync(operation, status, "14e0db71-0000-0000-0000-000000000000", body),
            404,
            "ResourceNotFoundException",
            "The resource you requested does not exist.");
    }

    [Fact]
    public async Task A_deleted_mapping_is_Deleting_and_then_gone_and_leaves_nothing()
    {
        await using var rig = await SourceRig.StartAsync();
        var uuid = await rig.MapAsync();
        var position = rig.Stream.Append("a", 1);
        await rig.CheckpointAsync(uuid, position);
        Assert.Equal("Deleting", (await rig.DeleteAsync(uuid))["State"]!.GetValue<string>());
        await GoneAsync(rig, uuid);
        Assert.Null(await rig.FindCheckpointAsync(uuid));
        Assert.NotEqual(uuid, await rig.MapAsync()); // the pair is free again
    }

    [Fact]
    public async Task A_deletion_that_a_stop_interrupted_is_finished_by_the_next_start()
    {
        await using var rig = await SourceRig.StartAsync();
        var uuid = await rig.MapAsync();
        await rig.StopSupervisorAsync();
        var mapping = await rig.Table.FindAsync(uuid, default);
        await rig.Table.ReplaceAsync(mapping!, mapping! with { State = MappingState.Deleting }, default);
        await rig.StartSupervisorAsync();
        await GoneAsync(rig, uuid);
    }

    [Fact]
    public async Task A_creation_that_a_stop_interrupted_is_finished_by_the_next_start()
    {
        await using var rig = await SourceRig.StartAsync();
        var uuid = await rig.MapAsync();
        await rig.StopSupervisorAsync();
        var mapping = await rig.Table.FindAsync(uuid, default);
        await rig.Table.ReplaceAsync(mapping!, mapping! with { State = MappingState.Creating, Start = null }, default);
        await rig.StartSupervisorAsync();
        await rig.StateAsync(uuid, "Enabled");
    }

    [Fact]
    public async Task Lists_filter_by_stream_and_function_and_come_in_pages()
    {
        await using var rig = await SourceRig.StartAsync();
        var all = new[] { await rig.MapAsync(), await rig.MapAsync(function: "g"), await rig.MapAsync(function: "f:live") };
        Assert.Equal(all.Order(StringComparer.Ordinal), Ids(await rig.ListAsync()));
        Assert.Equal([all[0]], Ids(await rig.ListAsync(("FunctionName", "f"))));
        Assert.Equal([all[0]], Ids(await rig.ListAsync(("FunctionName", FunctionArn))));
        Assert.Equal([all[1]], Ids(await rig.ListAsync(("FunctionName", "123456789012:function:g"))));
        Assert.Equal([all[2]], Ids(await rig.ListAsync(("FunctionName", "f:live"), ("EventSourceArn", FakeStream.Arn))));
        Assert.Empty(Ids(await rig.ListAsync(("EventSourceArn", FakeStream.Arn + "0"))));

        var pages = new List<string>();
        var page = await rig.ListAsync(("MaxItems", "2"));
        Assert.Equal(2, Ids(page).Count);
        pages.AddRange(Ids(page));
        page = await rig.ListAsync(("MaxItems", "2"), ("Marker", page["NextMarker"]!.GetValue<string>()));
        Assert.Null(page["NextMarker"]);
        pages.AddRange(Ids(page));
        Assert.Equal(all.Order(StringComparer.Ordinal), pages);
        await Assert.ThrowsAsync<AwsException>(() => rig.ListAsync(("MaxItems", "0")));
        await Assert.ThrowsAsync<AwsException>(() => rig.ListAsync(("Marker", "?")));
    }

    [Fact]
    public async Task An_update_changes_what_it_names_and_keeps_the_rest()
    {
        await using var rig = await SourceRig.StartAsync();
        var uuid = await rig.MapAsync("""
            "BatchSize":7,"FilterCriteria":{"Filters":[{"Pattern":"{\"eventName\":[\"INSERT\"]}"}]}
            """);
        var updated = await rig.UpdateAsync(uuid, """{"MaximumRetryAttempts":2,"FunctionName":"g"}""");
        Assert.Equal("Updating", updated["State"]!.GetValue<string>());
        await rig.StateAsync(uuid, "Enabled");
        var got = await rig.GetAsync(uuid);
        Assert.Equal((7, 2), (got["BatchSize"]!.GetValue<int>(), got["MaximumRetryAttempts"]!.GetValue<int>()));
        Assert.Equal(FakeFunctions.ArnPrefix + "g", got["FunctionArn"]!.GetValue<string>());
        Assert.NotNull(got["FilterCriteria"]);
        Assert.Null((await rig.UpdateAsync(uuid, """{"FilterCriteria":{}}"""))["FilterCriteria"]);

        // The pair moved with the function.
        var other = await rig.MapAsync();
        await RefusedAsync(
            () => rig.UpdateAsync(other, """{"FunctionName":"g"}"""),
            409,
            "ResourceConflictException",
            $"The event source arn (\" {FakeStream.Arn} \") and function (\" {FakeFunctions.ArnPrefix}g \") provided mapping already exists. "
            + $"Please update or delete the existing mapping with UUID {uuid}");
    }

    [Fact]
    public async Task A_mapping_is_switched_off_and_on()
    {
        await using var rig = await SourceRig.StartAsync();
        var created = await rig.CreateAsync(Request("\"Enabled\":false"));
        var uuid = created["UUID"]!.GetValue<string>();
        Assert.Equal("Creating", created["State"]!.GetValue<string>());
        await rig.StateAsync(uuid, "Disabled");
        Assert.Equal("Enabling", (await rig.UpdateAsync(uuid, "{\"Enabled\":true}"))["State"]!.GetValue<string>());
        await rig.StateAsync(uuid, "Enabled");
        Assert.Equal("Disabling", (await rig.UpdateAsync(uuid, "{\"Enabled\":false}"))["State"]!.GetValue<string>());
        await rig.StateAsync(uuid, "Disabled");
        Assert.Equal("Updating", (await rig.UpdateAsync(uuid, "{\"BatchSize\":3}"))["State"]!.GetValue<string>());
        await rig.StateAsync(uuid, "Disabled");
    }

    private static string Request(string members = "") => $$"""
        {"FunctionName":"f","EventSourceArn":"{{FakeStream.Arn}}","StartingPosition":"TRIM_HORIZON"{{(members.Length > 0 ? "," + members : string.Empty)}}}
        """;

    private static List<string> Ids(JsonObject list) =>
        [.. list["EventSourceMappings"]!.AsArray().Select(mapping => mapping!["UUID"]!.GetValue<string>())];

    private static Task GoneAsync(SourceRig rig, string uuid) => Eventually.TrueAsync(
        async () => await rig.Table.FindAsync(uuid, default) is null, () => $"The mapping is still there; {rig.ErrorText}");

    private static async Task RefusedAsync(Func<Task> operation, int status, string code, string message)
    {
        var refusal = (await Assert.ThrowsAsync<AwsException>(operation)).Fault;
        Assert.Equal((status, code, message), (refusal.Status, refusal.Code, refusal.Message));
    }
}
