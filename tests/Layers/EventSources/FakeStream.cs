using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using Storage.Engine;
using Storage.Engine.Model;
using Storage.Server.Lambda.EventSources;

namespace Storage.Layers.Tests.EventSources;

/// <summary>A stream in memory: what is appended is there for every reader, whatever becomes of supervisors.</summary>
internal sealed class FakeStream(TimeProvider time, int shards = 1) : IStreamSource
{
    internal const string Arn = "arn:aws:dynamodb:us-east-1:123456789012:table/T/stream/2026-11-23T00:00:00.000";

    private readonly Lock gate = new();
    private readonly List<Entry> entries = [];
    private TaskCompletionSource grown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether the stream is gone for good.</summary>
    internal bool IsMissing { get; set; }

    /// <summary>Whether no record will come any more.</summary>
    internal bool IsClosed { get; private set; }

    internal static string ShardId(int shard) => $"shardId-00000001700000000000-{shard:x8}";

    internal static ulong HashOf(string key) => XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(key));

    internal int ShardOf(string key) => (int)(HashOf(key) / 1024 % (ulong)shards);

    internal ChangePosition Append(string key, int version, string padding = "")
    {
        lock (gate)
        {
            var position = new ChangePosition(entries.Count + 1, 0);
            entries.Add(new Entry(position, key, version, padding, time.GetUtcNow()));
            Grow();
            return position;
        }
    }

    internal void Close()
    {
        lock (gate)
        {
            IsClosed = true;
            Grow();
        }
    }

    public ValueTask<IReadOnlyList<string>?> FindAsync(string arn, CancellationToken cancellation) =>
        new(arn == Arn && !IsMissing ? [.. Enumerable.Range(0, shards).Select(ShardId)] : null);

    public ValueTask<ChangePosition> ResolveAsync(string arn, StreamStart start, CancellationToken cancellation)
    {
        lock (gate)
        {
            ThrowIfMissing();
            return new(start == StreamStart.Latest ? ChangePosition.EndOf(entries.Count) : default);
        }
    }

    public ValueTask<SourcePage> ReadAsync(
        string arn, string shardId, ChangePosition after, int recordsMax, int bytesMax, CancellationToken cancellation)
    {
        lock (gate)
        {
            ThrowIfMissing();
            var behind = entries
                .Where(entry => entry.Position > after && ShardId(ShardOf(entry.Key)) == shardId)
                .Take(recordsMax)
                .ToList();
            var isAtEnd = behind.Count < recordsMax;
            var next = isAtEnd && entries.Count > 0 && entries[^1].Position > after ? entries[^1].Position
                : behind.Count > 0 ? behind[^1].Position : after;
            return new(new SourcePage(
                [.. behind.Select(entry => new SourceRecord(entry.Position, entry.Time, HashOf(entry.Key), entry.WriteJson))],
                next,
                isAtEnd,
                isAtEnd && IsClosed));
        }
    }

    public ValueTask WaitAsync(string arn, ChangePosition after, CancellationToken cancellation)
    {
        lock (gate)
        {
            ThrowIfMissing();
            return IsClosed || (entries.Count > 0 && entries[^1].Position > after)
                ? ValueTask.CompletedTask
                : new ValueTask(grown.Task.WaitAsync(cancellation));
        }
    }

    private void Grow()
    {
        grown.SetResult();
        grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private void ThrowIfMissing()
    {
        if (IsMissing)
        {
            throw DynamoDbException.ResourceNotFound();
        }
    }

    private sealed record Entry(ChangePosition Position, string Key, int Version, string Padding, DateTimeOffset Time)
    {
        internal void WriteJson(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("eventName", Version == 1 ? "INSERT" : "MODIFY");
            json.WriteString("eventSource", "aws:dynamodb");
            json.WriteStartObject("dynamodb");
            json.WriteNumber("ApproximateCreationDateTime", Time.ToUnixTimeSeconds());
            json.WriteString("SequenceNumber", Position.ToString());
            json.WriteStartObject("NewImage");
            json.WriteStartObject("k");
            json.WriteString("S", Key);
            json.WriteEndObject();
            json.WriteStartObject("v");
            json.WriteString("N", Version.ToString(System.Globalization.CultureInfo.InvariantCulture));
            json.WriteEndObject();
            json.WriteStartObject("padding");
            json.WriteString("S", Padding);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }
}
