using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Logs;

/// <summary>FilterLogEvents: the events of many streams of a group by time, those that a pattern fits.</summary>
internal sealed class FilterOperation(LogTable table, EventReader reader, TimeProvider time)
{
    private const int EventsMax = 10_000;
    private const int StreamNamesMax = 100;
    private const int PageBytesMax = 1024 * 1024;

    /// <summary>Events looked at for one page: a pattern that fits nothing must not read everything in one call.</summary>
    private const int LookedAtMax = 100_000;

    internal async ValueTask<JsonObject> RunAsync(AwsCall call, JsonObject request, CancellationToken cancellation)
    {
        var group = await table.GroupAsync(LogNames.GroupOrIdentifier(request), cancellation);
        var pattern = FilterPattern.Parse(request.Text("filterPattern"));
        var limit = Limits.Read(request, "limit", EventsMax, EventsMax);
        var resume = ReadToken(request.Text("nextToken"));
        var low = EventOperations.Low(request.Long("startTime"), group, time);
        var until = request.Long("endTime") ?? long.MaxValue;
        if (request.Long("startTime") > until)
        {
            throw LogsFault.InvalidParameter("startTime must be less than or equal to endTime");
        }

        // An event of the end time itself is returned.
        var high = new EventPosition(until == long.MaxValue ? until : until + 1, 0, 0);
        var streams = await StreamsAsync(group, request, cancellation);
        var events = new JsonArray();
        var answer = new JsonObject { ["events"] = events, ["searchedLogStreams"] = new JsonArray() };
        long bytes = 0;
        var lookedAt = 0;
        await foreach (var (stream, one) in new MergedEvents(reader, streams, low, high, resume).ReadAsync(cancellation))
        {
            if (pattern.Matches(one.Message))
            {
                bytes += EventOperations.BytesOf(one);
                events.Add(new JsonObject
                {
                    ["logStreamName"] = stream.Name,
                    ["timestamp"] = one.Position.Millis,
                    ["message"] = one.Message,
                    ["ingestionTime"] = one.IngestedMillis,
                    ["eventId"] = stream.EventIdOf(one.Position),
                });
            }

            if (events.Count == limit || bytes >= PageBytesMax || ++lookedAt == LookedAtMax)
            {
                answer["nextToken"] = PageToken.Of(one.Position + stream.Name);
                break;
            }
        }

        return answer;
    }

    private static (EventPosition Position, string Stream)? ReadToken(string? token)
    {
        if (PageToken.Read(token) is not { } text)
        {
            return null;
        }

        const int PositionLength = 56;
        return text.Length > PositionLength && EventPosition.TryParse(text.AsSpan(0, PositionLength), out var position)
            ? (position, text[PositionLength..])
            : throw PageToken.Invalid();
    }

    private async ValueTask<List<LogStream>> StreamsAsync(LogGroup group, JsonObject request, CancellationToken cancellation)
    {
        var names = request.Texts("logStreamNames");
        var prefix = request.Text("logStreamNamePrefix");
        if (names is not null && prefix is not null)
        {
            throw LogsFault.InvalidParameter("LogStreamNames and LogStreamNamePrefix are mutually exclusive parameters.");
        }

        var streams = new List<LogStream>();
        if (names is not null)
        {
            if (names.Count is 0 or > StreamNamesMax)
            {
                throw LogsFault.InvalidParameter(
                    "1 validation error detected: Value at 'logStreamNames' failed to satisfy constraint: Member must have length "
                    + (names.Count == 0 ? "greater than or equal to 1" : $"less than or equal to {StreamNamesMax}"));
            }

            foreach (var name in names.Distinct(StringComparer.Ordinal))
            {
                LogNames.CheckStream("logStreamNames", name);
                streams.Add(await table.FindStreamAsync(group, name, cancellation) ?? throw LogsFault.NoStream());
            }

            return streams;
        }

        if (prefix is not null)
        {
            LogNames.CheckStream("logStreamNamePrefix", prefix);
        }

        var options = NameRange.Of(LogStream.PartitionKeyOf(group.Id), prefix, null, descending: false);
        await foreach (var item in table.Store.QueryAsync(LogTable.Name, options, cancellation))
        {
            streams.Add(LogStream.Read(item));
        }

        return streams;
    }
}
