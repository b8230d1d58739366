using System.Buffers;
using System.Text;
using System.Text.Json;
using Storage.Engine;
using Storage.Engine.Api;
using Storage.Engine.Model;
using Storage.Server.Contracts;
using Storage.Server.Lambda;
using Storage.Server.Lambda.EventSources;
using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests.EventSources;

/// <summary>Mappings on the streams of real tables.</summary>
public sealed class TableStreamTests
{
    private const int Keys = 20;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Changes_of_a_table_reach_the_function_in_order_through_restarts_of_the_store(int factor)
    {
        using var scratch = new ScratchDirectory();
        var function = new RecordingFunction();
        var expected = 0;
        for (var start = 0; start < 3; start++)
        {
            await using var store = await Store.OpenAsync(
                new StoreOptions { Directory = scratch.File("data"), InitialPartitions = 4 });
            var source = new CountingSource(new StoreStreamSource(store.Streams));
            if (start == 0)
            {
                await store.CreateTableAsync(new TableDefinition
                {
                    Name = "users",
                    Key = new KeySchema(new KeyAttribute("k", AttributeType.S)),
                    Stream = StreamViewType.NewAndOldImages,
                });
                await MapAsync(store, factor);
            }

            await using var supervisor = new MappingSupervisor(
                new MappingTable(store), source, function, new LambdaOptions(), TimeProvider.System, TextWriter.Null);
            await supervisor.StartAsync(default);
            for (var version = 1; version <= 10; version++)
            {
                for (var key = 0; key < Keys; key++)
                {
                    await store.PutAsync("users", Item.Of(("k", $"k{key}"), ("v", (start * 10) + version)));
                    expected++;
                }
            }

            await Eventually.TrueAsync(() => function.Count >= expected, () => $"{function.Count} of {expected} records came.");

            // Nobody polls: who has nothing to read waits for the stream.
            var reads = source.Reads;
            for (var other = 0; other < 200; other++)
            {
                await store.GetAsync("users", Item.Of(("k", "k0")));
            }

            Assert.InRange(source.Reads - reads, 0, 4 * factor * 4);
        }

        Assert.Equal(expected, function.Count);
        Assert.All(function.ByKey.Values, versions => Assert.Equal(Enumerable.Range(1, 30), versions));
    }

    [Fact]
    public async Task The_event_is_the_recorded_one_and_filters_see_all_of_it()
    {
        await using var store = await Store.OpenAsync(new StoreOptions());
        await store.CreateTableAsync(new TableDefinition
        {
            Name = "users",
            Key = new KeySchema(new KeyAttribute("my_partition_key", AttributeType.S)),
            Stream = StreamViewType.NewAndOldImages,
        });
        var function = new RecordingFunction();
        var arn = await MapAsync(store, 1, """{"eventName":["INSERT"],"eventSource":["aws:dynamodb"],"eventSourceARN":[{"prefix":"arn:aws:dynamodb:"}]}""");
        await using var supervisor = new MappingSupervisor(
            new MappingTable(store), new StoreStreamSource(store.Streams), function, new LambdaOptions(), TimeProvider.System, TextWriter.Null);
        await supervisor.StartAsync(default);
        await store.PutAsync("users", Item.Of(("my_partition_key", "hello world"), ("n", 1)));
        await store.PutAsync("users", Item.Of(("my_partition_key", "hello world"), ("n", 2))); // a MODIFY is filtered out
        await store.PutAsync("users", Item.Of(("my_partition_key", "hello world!")));
        await Eventually.TrueAsync(() => function.Payloads.Sum(payload => payload.GetProperty("Records").GetArrayLength()) >= 2, () => "No event.");
        var records = function.Payloads.SelectMany(payload => payload.GetProperty("Records").EnumerateArray()).ToList();
        Assert.Equal(2, records.Count);
        Assert.All(records, record => Assert.Equal("INSERT", record.GetProperty("eventName").GetString()));
        Assert.Equal(
            ["awsRegion", "dynamodb", "eventID", "eventName", "eventSource", "eventSourceARN", "eventVersion"],
            records[0].EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        Assert.Equal(arn, records[0].GetProperty("eventSourceARN").GetString());
    }

    private static async Task<string> MapAsync(Store store, int factor, params string[] filters)
    {
        var table = new MappingTable(store);
        await table.EnsureAsync(default);
        using var answer = new ResponseBuffer();
        await store.Api.HandleAsync(
            "DynamoDB_20120810.DescribeTable", new ReadOnlySequence<byte>("{\"TableName\":\"users\"}"u8.ToArray()), answer, default);
        using var json = JsonDocument.Parse(answer.Written);
        var arn = json.RootElement.GetProperty("Table").GetProperty("LatestStreamArn").GetString()!;
        await table.CreateAsync(
            new EventSourceMapping
            {
                Uuid = "14e0db71-0000-0000-0000-000000000000",
                EventSourceArn = arn,
                FunctionArn = FakeFunctions.ArnPrefix + "f",
                StartingPosition = StreamStart.TrimHorizon,
                ParallelizationFactor = factor,
                Filters = [.. filters],
                State = MappingState.Creating,
                IsEnabled = true,
                LastModified = DateTimeOffset.UnixEpoch,
            },
            default);
        return arn;
    }

    private sealed class RecordingFunction : IFunctionInvoker
    {
        private readonly Lock gate = new();
        private readonly List<string> payloads = [];

        internal IReadOnlyList<JsonElement> Payloads
        {
            get
            {
                lock (gate)
                {
                    return [.. payloads.Select(payload => JsonDocument.Parse(payload).RootElement)];
                }
            }
        }

        internal int Count { get; private set; }

        internal Dictionary<string, List<int>> ByKey { get; } = new(StringComparer.Ordinal);

        public ValueTask<FunctionAnswer> InvokeAsync(FunctionCall call, CancellationToken cancellation)
        {
            using var json = JsonDocument.Parse(call.Payload);
            lock (gate)
            {
                payloads.Add(Encoding.UTF8.GetString(call.Payload.Span));
                foreach (var record in json.RootElement.GetProperty("Records").EnumerateArray())
                {
                    var image = record.GetProperty("dynamodb").GetProperty("NewImage");
                    if (image.TryGetProperty("k", out var key))
                    {
                        var versions = ByKey.TryGetValue(key.GetProperty("S").GetString()!, out var known)
                            ? known
                            : ByKey[key.GetProperty("S").GetString()!] = [];
                        versions.Add(int.Parse(image.GetProperty("v").GetProperty("N").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
                    }

                    Count++;
                }
            }

            return new(FakeInvoker.Success());
        }
    }

    private sealed class CountingSource(IStreamSource source) : IStreamSource
    {
        private int reads;

        internal int Reads => Volatile.Read(ref reads);

        public ValueTask<IReadOnlyList<string>?> FindAsync(string arn, CancellationToken cancellation) => source.FindAsync(arn, cancellation);

        public ValueTask<ChangePosition> ResolveAsync(string arn, StreamStart start, CancellationToken cancellation) =>
            source.ResolveAsync(arn, start, cancellation);

        public ValueTask<SourcePage> ReadAsync(
            string arn, string shardId, ChangePosition after, int recordsMax, int bytesMax, CancellationToken cancellation)
        {
            Interlocked.Increment(ref reads);
            return source.ReadAsync(arn, shardId, after, recordsMax, bytesMax, cancellation);
        }

        public ValueTask WaitAsync(string arn, ChangePosition after, CancellationToken cancellation) =>
            source.WaitAsync(arn, after, cancellation);
    }
}
