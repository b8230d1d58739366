using System.Globalization;
using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Logs;

/// <summary>Operations on log streams.</summary>
internal sealed class StreamOperations(LogTable table, LogAppender appender)
{
    private const int PageMax = 50;

    internal async ValueTask<JsonObject> CreateAsync(AwsCall call, JsonObject request, CancellationToken cancellation)
    {
        var groupName = LogNames.Group(request);
        var name = LogNames.Stream(request);
        var group = await table.GroupAsync(groupName, cancellation);
        if (await table.CreateStreamAsync(group, appender.NewStream(name), cancellation))
        {
            return [];
        }

        await table.GroupAsync(groupName, cancellation);
        throw LogsFault.StreamExists();
    }

    internal async ValueTask<JsonObject> DeleteAsync(AwsCall call, JsonObject request, CancellationToken cancellation)
    {
        var group = await table.GroupAsync(LogNames.Group(request), cancellation);
        var name = LogNames.Stream(request);
        var stream = await table.FindStreamAsync(group, name, cancellation) ?? throw LogsFault.NoStream();
        return await table.DeleteStreamAsync(group, stream) ? [] : throw LogsFault.NoStream();
    }

    internal async ValueTask<JsonObject> DescribeAsync(AwsCall call, JsonObject request, CancellationToken cancellation)
    {
        var groupName = LogNames.GroupOrIdentifier(request);
        var prefix = request.Text("logStreamNamePrefix");
        if (prefix is not null)
        {
            LogNames.CheckStream("logStreamNamePrefix", prefix);
        }

        var orderBy = request.Text("orderBy") ?? "LogStreamName";
        var descending = request.Boolean("descending") ?? false;
        var limit = Limits.Read(request, "limit", PageMax, PageMax);
        var after = PageToken.Read(request.Text("nextToken"));
        if (orderBy is not ("LogStreamName" or "LastEventTime"))
        {
            throw LogsFault.InvalidParameter(
                $"1 validation error detected: Value '{orderBy}' at 'orderBy' failed to satisfy constraint: "
                + "Member must satisfy enum value set: [LogStreamName, LastEventTime]");
        }

        if (orderBy == "LastEventTime" && prefix is not null)
        {
            throw LogsFault.InvalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
        }

        var group = await table.GroupAsync(groupName, cancellation);
        var (streams, next) = orderBy == "LogStreamName"
            ? await ByNameAsync(group, prefix, after, descending, limit, cancellation)
            : await ByTimeAsync(group, after, descending, limit, cancellation);
        var answer = new JsonObject { ["logStreams"] = new JsonArray([.. streams.Select(stream => Describe(call, groupName, stream))]) };
        if (next is not null)
        {
            answer["nextToken"] = PageToken.Of(next);
        }

        return answer;
    }

    private async ValueTask<(List<LogStream> Streams, string? Next)> ByNameAsync(
        LogGroup group, string? prefix, string? after, bool descending, int limit, CancellationToken cancellation)
    {
        var streams = new List<LogStream>();
        var options = NameRange.Of(LogStream.PartitionKeyOf(group.Id), prefix, after, descending);
        await foreach (var item in table.Store.QueryAsync(LogTable.Name, options, cancellation))
        {
            var stream = LogStream.Read(item);
            if (prefix is not null && !stream.Name.StartsWith(prefix, StringComparison.Ordinal))
            {
                break;
            }

            if (streams.Count == limit)
            {
                return (streams, streams[^1].Name);
            }

            streams.Add(stream);
        }

        return (streams, null);
    }

    /// <summary>Nothing keeps streams in the order of their last events: all of the group are read.</summary>
    private async ValueTask<(List<LogStream> Streams, string? Next)> ByTimeAsync(
        LogGroup group, string? after, bool descending, int limit, CancellationToken cancellation)
    {
        var all = new List<(string Place, LogStream Stream)>();
        await foreach (var item in table.Store.QueryAsync(
            LogTable.Name, LogTable.All(LogStream.PartitionKeyOf(group.Id)), cancellation))
        {
            var stream = LogStream.Read(item);
            all.Add(((stream.LastMillis ?? 0).ToString("D20", CultureInfo.InvariantCulture) + stream.Name, stream));
        }

        all.Sort((one, other) => (descending ? -1 : 1) * string.CompareOrdinal(one.Place, other.Place));
        var page = all
            .Where(one => after is null || (descending ? -1 : 1) * string.CompareOrdinal(one.Place, after) > 0)
            .Take(limit + 1)
            .ToList();
        return (page.Take(limit).Select(one => one.Stream).ToList(), page.Count > limit ? page[limit - 1].Place : null);
    }

    private static JsonObject Describe(AwsCall call, string group, LogStream stream)
    {
        var answer = new JsonObject { ["logStreamName"] = stream.Name, ["creationTime"] = stream.CreatedMillis };
        if (stream.LastMillis is { } last)
        {
            answer["firstEventTimestamp"] = stream.FirstMillis;
            answer["lastEventTimestamp"] = last;
            answer["lastIngestionTime"] = stream.IngestedMillis;
        }

        answer["uploadSequenceToken"] = new EventPosition(0, stream.Sequence, 0).ToString();
        answer["arn"] = LogNames.StreamArn(call, group, stream.Name);
        answer["storedBytes"] = 0; // AWS says nothing else since 2019.
        return answer;
    }
}
