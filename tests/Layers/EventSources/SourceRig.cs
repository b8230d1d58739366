using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Storage.Engine;
using Storage.Server.Aws;
using Storage.Server.Lambda;
using Storage.Server.Lambda.EventSources;

namespace Storage.Layers.Tests.EventSources;

/// <summary>
/// Event source mappings over a store, with a stream and a function of the test. Supervisors come and go; the rest stays.
/// </summary>
internal sealed class SourceRig : IAsyncDisposable
{
    private readonly Store store;
    private MappingSupervisor? supervisor;

    private SourceRig(Store store, int shards)
    {
        this.store = store;
        Stream = new FakeStream(Time, shards);
        Table = new MappingTable(store);
    }

    internal WatchedTime Time { get; } = new();

    internal FakeStream Stream { get; }

    internal FakeInvoker Function { get; } = new();

    internal MappingTable Table { get; }

    internal StringWriter Errors { get; } = new();

    internal LambdaOptions Options { get; init; } = new();

    internal string ErrorText
    {
        get
        {
            lock (Errors)
            {
                return Errors.ToString();
            }
        }
    }

    internal static async Task<SourceRig> StartAsync(int shards = 1)
    {
        var rig = new SourceRig(await Store.OpenAsync(new StoreOptions()), shards);
        await rig.StartSupervisorAsync();
        return rig;
    }

    internal async Task StartSupervisorAsync(TimeSpan? grace = null)
    {
        supervisor = new MappingSupervisor(Table, Stream, Function, Options, Time, TextWriter.Synchronized(Errors))
        {
            StopGrace = grace ?? TimeSpan.FromSeconds(5),
        };
        await supervisor.StartAsync(default);
    }

    internal async Task StopSupervisorAsync()
    {
        if (supervisor is not null)
        {
            await supervisor.DisposeAsync();
            supervisor = null;
        }
    }

    internal async Task RestartAsync()
    {
        await StopSupervisorAsync();
        await StartSupervisorAsync();
    }

    /// <summary>Creates a mapping of the stream and waits until it is enabled.</summary>
    internal async Task<string> MapAsync(string members = "", string function = "f", string starting = "TRIM_HORIZON")
    {
        var created = await CreateAsync($$"""
            {"FunctionName":"{{function}}","EventSourceArn":"{{FakeStream.Arn}}","StartingPosition":"{{starting}}"{{(members.Length > 0 ? "," + members : string.Empty)}}}
            """);
        var uuid = created["UUID"]!.GetValue<string>();
        await StateAsync(uuid, "Enabled");
        return uuid;
    }

    internal Task<JsonObject> CreateAsync(string json) => CallAsync("CreateEventSourceMapping", 202, null, json);

    internal Task<JsonObject> GetAsync(string uuid) => CallAsync("GetEventSourceMapping", 200, uuid, null);

    internal Task<JsonObject> UpdateAsync(string uuid, string json) => CallAsync("UpdateEventSourceMapping", 202, uuid, json);

    internal Task<JsonObject> DeleteAsync(string uuid) => CallAsync("DeleteEventSourceMapping", 202, uuid, null);

    internal Task<JsonObject> ListAsync(params (string Name, string Value)[] query) =>
        CallAsync("ListEventSourceMappings", 200, null, null, query);

    internal Task StateAsync(string uuid, string state) => MemberAsync(uuid, "State", state);

    internal Task ResultAsync(string uuid, string result) => MemberAsync(uuid, "LastProcessingResult", result);

    internal Task CallsAsync(int count) =>
        Eventually.TrueAsync(() => Function.Calls.Count >= count, () => $"{Function.Calls.Count} of {count} calls: {Function.Text}");

    /// <summary>Waits until the low-water mark of a shard is at a position or behind it.</summary>
    internal Task CheckpointAsync(string uuid, Storage.Engine.Model.ChangePosition position, int shard = 0) => Eventually.TrueAsync(
        async () => await FindCheckpointAsync(uuid, shard) is { } checkpoint && checkpoint.Position >= position,
        () => $"The checkpoint has not come to {position}; {Function.Text}; {ErrorText}");

    internal ValueTask<ShardCheckpoint?> FindCheckpointAsync(string uuid, int shard = 0) =>
        Table.FindCheckpointAsync(uuid, FakeStream.ShardId(shard), default);

    /// <summary>Runs an operation as the router would.</summary>
    internal async Task<JsonObject> CallAsync(
        string operation, int status, string? uuid, string? body, params (string Name, string Value)[] query)
    {
        var routes = MappingRoutes.Of(Table, new FakeFunctions("f", "g"), Stream, Time, supervisor!.Notify);
        var path = new Dictionary<string, string>();
        if (uuid is not null)
        {
            path["UUID"] = uuid;
        }

        var request = new RestRequest(
            new AwsCall("id", "us-east-1", "123456789012", "key"),
            path,
            new QueryCollection(query.ToDictionary(pair => pair.Name, pair => new StringValues(pair.Value))),
            new HeaderDictionary(),
            Encoding.UTF8.GetBytes(body ?? string.Empty));
        var answer = await routes.Single(route => route.Name == operation).Run!(request, default);
        Xunit.Assert.Equal(status, answer.Status);
        return (JsonObject)answer.Json!;
    }

    public async ValueTask DisposeAsync()
    {
        await StopSupervisorAsync();
        await store.DisposeAsync();
    }

    private async Task MemberAsync(string uuid, string member, string value)
    {
        var seen = string.Empty;
        await Eventually.TrueAsync(
            async () =>
            {
                seen = (await GetAsync(uuid))[member]!.GetValue<string>();
                return seen == value;
            },
            () => $"{member} is {seen}, not {value}; {Function.Text}; {ErrorText}");
    }
}
