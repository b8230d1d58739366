using System.Text.Json.Nodes;
using Storage.Engine;
using Storage.Server.Aws;

namespace Storage.Server.Logs;

/// <summary>Operations on log groups.</summary>
internal sealed class GroupOperations(LogTable table, LogAppender appender)
{
    private const int PageMax = 50;
    private const int UpdatesAtOnce = 50;

    // Source: API Reference, PutRetentionPolicy.
    private static readonly int[] RetentionDays =
        [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

    internal async ValueTask<JsonObject> CreateAsync(AwsCall call, JsonObject request, CancellationToken cancellation)
    {
        var name = LogNames.Group(request);
        var groupClass = request.Text("logGroupClass") ?? "STANDARD";
        if (groupClass is not ("STANDARD" or "INFREQUENT_ACCESS" or "DELIVERY"))
        {
            throw LogsFault.InvalidParameter(
                $"1 validation error detected: Value '{groupClass}' at 'logGroupClass' failed to satisfy constraint: "
                + "Member must satisfy enum value set: [STANDARD, INFREQUENT_ACCESS, DELIVERY]");
        }

        return await table.CreateGroupAsync(appender.NewGroup(name, groupClass), cancellation) ? [] : throw LogsFault.GroupExists();
    }

    internal async ValueTask<JsonObject> DeleteAsync(AwsCall call, JsonObject request, CancellationToken cancellation)
    {
        var group = await table.GroupAsync(LogNames.Group(request), cancellation);
        return await table.DeleteGroupAsync(group) ? [] : throw LogsFault.NoGroup();
    }

    internal async ValueTask<JsonObject> DescribeAsync(AwsCall call, JsonObject request, CancellationToken cancellation)
    {
        var prefix = request.Text("logGroupNamePrefix");
        var pattern = request.Text("logGroupNamePattern");
        if (prefix is not null && pattern is not null)
        {
            throw LogsFault.InvalidParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
        }

        if (prefix is not null)
        {
            LogNames.CheckGroup("logGroupNamePrefix", prefix);
        }

        var after = PageToken.Read(request.Text("nextToken"));
        var limit = Limits.Read(request, "limit", PageMax, PageMax);
        var groups = new JsonArray();
        var answer = new JsonObject { ["logGroups"] = groups };
        var options = NameRange.Of(LogGroup.PartitionKey, prefix, after, descending: false);
        await foreach (var item in table.Store.QueryAsync(LogTable.Name, options, cancellation))
        {
            var group = LogGroup.Read(item);
            if (prefix is not null && !group.Name.StartsWith(prefix, StringComparison.Ordinal))
            {
                break;
            }

            if (pattern is not null && !group.Name.Contains(pattern, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            if (groups.Count == limit)
            {
                answer["nextToken"] = PageToken.Of((string)groups[^1]!["logGroupName"]!);
                break;
            }

            groups.Add(Describe(call, group));
        }

        return answer;
    }

    internal async ValueTask<JsonObject> PutRetentionAsync(AwsCall call, JsonObject request, CancellationToken cancellation)
    {
        var name = LogNames.Group(request);
        var days = request.Long("retentionInDays");
        if (days is null || !RetentionDays.Contains((int)Math.Clamp(days.Value, 0, int.MaxValue)))
        {
            throw LogsFault.InvalidParameter(
                $"1 validation error detected: Value '{days?.ToString() ?? "null"}' at 'retentionInDays' failed to satisfy constraint: "
                + $"Member must satisfy enum value set: [{string.Join(", ", RetentionDays)}]");
        }

        await SetRetentionAsync(name, (int)days, cancellation);
        return [];
    }

    internal async ValueTask<JsonObject> DeleteRetentionAsync(AwsCall call, JsonObject request, CancellationToken cancellation)
    {
        await SetRetentionAsync(LogNames.Group(request), null, cancellation);
        return [];
    }

    /// <summary>
    /// The group first, so that what comes meanwhile goes by it; then the events that are there. A crash between leaves
    /// some of them with the former time; readers go by the group.
    /// </summary>
    private async ValueTask SetRetentionAsync(string name, int? days, CancellationToken cancellation)
    {
        var group = await table.GroupAsync(name, cancellation);
        var outcome = await table.Store.UpdateAsync(
            LogTable.Name,
            LogGroup.KeyOf(name),
            days is null ? "REMOVE days" : "SET days = :days",
            new WriteOptions
            {
                Condition = "id = :id",
                Values = days is { } some ? Item.Of((":id", group.Id), (":days", some)) : Item.Of((":id", group.Id)),
            },
            cancellation);
        if (!outcome.Accepted)
        {
            throw LogsFault.NoGroup();
        }

        var actions = new List<TransactAction>();
        await foreach (var stream in table.Store.QueryAsync(LogTable.Name, LogTable.All(LogStream.PartitionKeyOf(group.Id)), cancellation))
        {
            var events = LogTable.All(EventBatch.PartitionKeyOf(LogStream.Read(stream).Id)) with { Projection = "pk, sk" };
            await foreach (var item in table.Store.QueryAsync(LogTable.Name, events, cancellation))
            {
                actions.Add(SetTimeToLive(item, days));
                if (actions.Count == UpdatesAtOnce)
                {
                    await table.Store.BatchWriteAsync(actions, cancellation);
                    actions.Clear();
                }
            }
        }

        if (actions.Count > 0)
        {
            await table.Store.BatchWriteAsync(actions, cancellation);
        }
    }

    /// <summary>Only where the item still is: an update would bring a deleted one back.</summary>
    private static TransactAction SetTimeToLive(Item item, int? days)
    {
        var options = new WriteOptions
        {
            Condition = "attribute_exists(pk)",
            Names = new Dictionary<string, string> { ["#ttl"] = LogTable.TimeToLive },
        };
        return days is { } some
            ? TransactAction.Update(LogTable.Name, LogTable.KeyOf(item), "SET #ttl = :ttl", options with
            {
                Values = Item.Of((":ttl", EventBatch.TimeToLive(EventBatch.WindowOf(item), some))),
            })
            : TransactAction.Update(LogTable.Name, LogTable.KeyOf(item), "REMOVE #ttl", options);
    }

    private static JsonObject Describe(AwsCall call, LogGroup group)
    {
        var answer = new JsonObject
        {
            ["logGroupName"] = group.Name,
            ["creationTime"] = group.CreatedMillis,
            ["metricFilterCount"] = 0,
            ["arn"] = LogNames.GroupArn(call, group.Name) + ":*",
            ["storedBytes"] = group.StoredBytes,
            ["logGroupClass"] = group.Class,
            ["logGroupArn"] = LogNames.GroupArn(call, group.Name),
        };
        if (group.RetentionDays is { } days)
        {
            answer["retentionInDays"] = days;
        }

        return answer;
    }
}
