using Storage.Engine;
using Storage.Server.Aws;
using Storage.Server.Contracts;

namespace Storage.Server.Logs;

/// <summary>CloudWatch Logs: groups, streams and events in the table <c>$logs</c>.</summary>
internal sealed class LogsService : ILogWriter
{
    private readonly LogTable table;
    private readonly LogAppender appender;

    internal LogsService(Store store, TimeProvider time)
    {
        table = new LogTable(store);
        appender = new LogAppender(table, time);
        var reader = new EventReader(table);
        var groups = new GroupOperations(table, appender);
        var streams = new StreamOperations(table, appender);
        var events = new EventOperations(table, appender, reader, time);
        var filter = new FilterOperation(table, reader, time);
        Service = new JsonService("logs", "Logs_20140328.", "1.1", new Dictionary<string, JsonOperation>
        {
            ["CreateLogGroup"] = groups.CreateAsync,
            ["DeleteLogGroup"] = groups.DeleteAsync,
            ["DescribeLogGroups"] = groups.DescribeAsync,
            ["PutRetentionPolicy"] = groups.PutRetentionAsync,
            ["DeleteRetentionPolicy"] = groups.DeleteRetentionAsync,
            ["CreateLogStream"] = streams.CreateAsync,
            ["DeleteLogStream"] = streams.DeleteAsync,
            ["DescribeLogStreams"] = streams.DescribeAsync,
            ["PutLogEvents"] = events.PutAsync,
            ["GetLogEvents"] = events.GetAsync,
            ["FilterLogEvents"] = filter.RunAsync,
        });
    }

    /// <summary>The table, which names no blobs.</summary>
    internal static string TableName => LogTable.Name;

    /// <summary>The service for the router.</summary>
    internal JsonService Service { get; }

    /// <summary>Makes the table, and finishes deletions that a crash cut short.</summary>
    internal async Task StartAsync(CancellationToken cancellation)
    {
        await table.EnsureAsync(cancellation);
        await table.EmptyTrashAsync(cancellation);
    }

    /// <inheritdoc />
    public ValueTask AppendAsync(string group, string stream, IReadOnlyList<LogLine> lines, CancellationToken cancellation) =>
        appender.AppendAsync(group, stream, lines, makes: true, cancellation);
}
