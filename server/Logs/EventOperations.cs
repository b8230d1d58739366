using System.Text;
using System.Text.Json.Nodes;
using Storage.Server.Aws;
using Storage.Server.Contracts;

namespace Storage.Server.Logs;

/// <summary>PutLogEvents and GetLogEvents.</summary>
internal sealed class EventOperations(LogTable table, LogAppender appender, EventReader reader, TimeProvider time)
{
    // Source: CloudWatch Logs, quotas, and API Reference, PutLogEvents.
    private const int EventsMax = 10_000;
    private const int BatchBytesMax = 1024 * 1024;
    private const int EventOverheadBytes = 26;
    private const int PageBytesMax = 1024 * 1024;
    private static readonly TimeSpan SpanMax = TimeSpan.FromHours(24);
    private static readonly TimeSpan FutureMax = TimeSpan.FromHours(2);
    private static readonly TimeSpan AgeMax = TimeSpan.FromDays(14);

    /// <summary>The first position that a time can have, and with a retention, that its group still shows.</summary>
    internal static EventPosition Low(long? startMillis, LogGroup group, TimeProvider time)
    {
        var kept = group.RetentionDays is { } days ? time.GetUtcNow().AddDays(-days).ToUnixTimeMilliseconds() : 0;
        return new EventPosition(Math.Max(startMillis ?? 0, kept), 0, 0);
    }

    internal static long BytesOf(LogEvent one) => Encoding.UTF8.GetByteCount(one.Message) + EventOverheadBytes;

    internal async ValueTask<JsonObject> PutAsync(AwsCall call, JsonObject request, CancellationToken cancellation)
    {
        var groupName = LogNames.Group(request);
        var streamName = LogNames.Stream(request);
        var lines = ReadLines(request);
        var group = await table.GroupAsync(groupName, cancellation);
        if (await table.FindStreamAsync(group, streamName, cancellation) is null)
        {
            throw LogsFault.NoStream();
        }

        var now = time.GetUtcNow();
        var expiry = group.RetentionDays is { } days ? TimeSpan.FromDays(days) : TimeSpan.MaxValue;
        var expired = lines.Count(line => now - line.Time > expiry);
        var tooOld = lines.Count(line => now - line.Time > AgeMax);
        var fresh = lines.Count(line => line.Time - now <= FutureMax);
        var first = Math.Max(expired, tooOld);
        var accepted = fresh > first ? lines.GetRange(first, fresh - first) : [];
        await appender.AppendAsync(groupName, streamName, accepted, makes: false, cancellation);
        var answer = new JsonObject { ["nextSequenceToken"] = new EventPosition(now.ToUnixTimeMilliseconds(), 0, 0).ToString() };
        var rejected = new JsonObject();
        AddIf(fresh < lines.Count, "tooNewLogEventStartIndex", fresh);
        AddIf(tooOld > 0, "tooOldLogEventEndIndex", tooOld);
        AddIf(expired > 0, "expiredLogEventEndIndex", expired);
        if (rejected.Count > 0)
        {
            answer["rejectedLogEventsInfo"] = rejected;
        }

        return answer;

        void AddIf(bool applies, string member, int index)
        {
            if (applies)
            {
                rejected[member] = index;
            }
        }
    }

    internal async ValueTask<JsonObject> GetAsync(AwsCall call, JsonObject request, CancellationToken cancellation)
    {
        var groupName = LogNames.GroupOrIdentifier(request);
        var streamName = LogNames.Stream(request);
        var limit = Limits.Read(request, "limit", EventsMax, EventsMax);
        var token = ReadToken(request.Text("nextToken"));
        var group = await table.GroupAsync(groupName, cancellation);
        var stream = await table.FindStreamAsync(group, streamName, cancellation) ?? throw LogsFault.NoStream();
        var low = Low(request.Long("startTime"), group, time);
        var high = new EventPosition(request.Long("endTime") ?? long.MaxValue, 0, 0); // An event of this very time is not returned.
        var forward = token?.IsForward ?? request.Boolean("startFromHead") ?? false;
        if (token is { } given)
        {
            low = given.IsForward && given.At.CompareTo(low) > 0 ? given.At : low;
            high = !given.IsForward && given.At.CompareTo(high) < 0 ? given.At : high;
        }

        var events = new List<LogEvent>();
        long bytes = 0;
        await foreach (var one in reader.ReadAsync(stream, low, high, !forward, cancellation))
        {
            bytes += BytesOf(one);
            if (events.Count == limit || (bytes > PageBytesMax && events.Count > 0))
            {
                break;
            }

            events.Add(one);
        }

        if (!forward)
        {
            events.Reverse();
        }

        // Without events both say where the reader stands: whoever asks with a token gets the same one back at the end.
        var start = events.Count > 0 ? events[0].Position : token?.At ?? default;
        var end = events.Count > 0 ? events[^1].Position.Next : token?.At ?? default;
        return new JsonObject
        {
            ["events"] = new JsonArray([.. events.Select(one => new JsonObject
            {
                ["timestamp"] = one.Position.Millis,
                ["message"] = one.Message,
                ["ingestionTime"] = one.IngestedMillis,
            })]),
            ["nextForwardToken"] = $"f/{end}/s",
            ["nextBackwardToken"] = $"b/{start}/s",
        };
    }

    private static (bool IsForward, EventPosition At)? ReadToken(string? token)
    {
        if (token is null)
        {
            return null;
        }

        return token.Length > 4 && token[1] == '/' && token[0] is 'f' or 'b' && token.EndsWith("/s", StringComparison.Ordinal)
            && EventPosition.TryParse(token.AsSpan(2, token.Length - 4), out var at)
            ? (token[0] == 'f', at)
            : throw PageToken.Invalid();
    }

    private static List<LogLine> ReadLines(JsonObject request)
    {
        var events = request.Objects("logEvents") ?? throw LogsFault.InvalidParameter(
            "1 validation error detected: Value null at 'logEvents' failed to satisfy constraint: Member must not be null");
        if (events.Count is 0 or > EventsMax)
        {
            throw LogsFault.InvalidParameter(
                "1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length "
                + (events.Count == 0 ? "greater than or equal to 1" : $"less than or equal to {EventsMax}"));
        }

        var lines = new List<LogLine>(events.Count);
        long bytes = 0;
        for (var i = 0; i < events.Count; i++)
        {
            var millis = events[i].Long("timestamp");
            var message = events[i].Text("message");
            if (millis is null or < 0 || millis > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() || message is not { Length: > 0 })
            {
                throw LogsFault.InvalidParameter(
                    $"1 validation error detected: Value at 'logEvents.{i + 1}.member' failed to satisfy constraint: "
                    + "Member must have a timestamp and a message of at least one character");
            }

            var length = Encoding.UTF8.GetByteCount(message) + EventOverheadBytes;
            if (length > LogAppender.MessageBytesMax)
            {
                throw LogsFault.InvalidParameter($"Log event too large: {length} bytes exceeds limit of {LogAppender.MessageBytesMax}");
            }

            bytes += length;
            lines.Add(new LogLine(DateTimeOffset.FromUnixTimeMilliseconds(millis.Value), message));
            if (i > 0 && lines[i].Time < lines[i - 1].Time)
            {
                throw LogsFault.InvalidParameter("Log events in a single PutLogEvents request must be in chronological order.");
            }
        }

        if (bytes > BatchBytesMax)
        {
            throw LogsFault.InvalidParameter($"Upload too large: {bytes} bytes exceeds limit of {BatchBytesMax}");
        }

        return lines[^1].Time - lines[0].Time <= SpanMax
            ? lines
            : throw LogsFault.InvalidParameter("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
    }
}
