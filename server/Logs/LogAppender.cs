using System.Text;
using Storage.Engine;
using Storage.Server.Contracts;

namespace Storage.Server.Logs;

/// <summary>
/// Appends lines to streams. One append is one transaction as long as its lines fit: the stream's new state, the group's
/// size, the lines.
/// </summary>
internal sealed class LogAppender(LogTable table, TimeProvider time)
{
    /// <summary>Longest message of an event, bytes. Source: CloudWatch Logs, quotas; longer lines of functions are cut into several.</summary>
    internal const int MessageBytesMax = 1024 * 1024;

    private const int TriesMax = 100;
    private const int TransactionActionsMax = 90;
    private const int TransactionBytesMax = 3 * 1024 * 1024;

    // Appends to one stream take turns, so that they do not refuse each other. Few locks for any number of streams.
    private readonly SemaphoreSlim[] turns = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1))];

    /// <summary>Appends lines, making group and stream when they are missing and <paramref name="makes"/> says so.</summary>
    /// <exception cref="Aws.AwsException">ResourceNotFoundException: they are missing.</exception>
    internal async ValueTask AppendAsync(
        string groupName, string streamName, IReadOnlyList<LogLine> lines, bool makes, CancellationToken cancellation)
    {
        if (lines.Count == 0)
        {
            return;
        }

        var ordered = lines.SelectMany(Cut).OrderBy(line => line.Time.ToUnixTimeMilliseconds()).ToList();
        var turn = turns[(uint)string.GetHashCode(groupName + ":" + streamName, StringComparison.Ordinal) % turns.Length];
        await turn.WaitAsync(cancellation);
        try
        {
            for (var attempt = 0; attempt < TriesMax; attempt++)
            {
                if (await TryAppendAsync(groupName, streamName, ordered, makes, cancellation))
                {
                    return;
                }
            }
        }
        finally
        {
            turn.Release();
        }

        throw new IOException("A log stream was deleted and made again all the time while lines were appended to it.");
    }

    /// <summary>A group of that name, now.</summary>
    internal LogGroup NewGroup(string name, string groupClass = "STANDARD") =>
        new(name, Guid.NewGuid().ToString("N"), NowMillis, 0, null, groupClass);

    /// <summary>A stream of that name, now.</summary>
    internal LogStream NewStream(string name) => new(name, Guid.NewGuid().ToString("N"), NowMillis);

    private long NowMillis => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>False when group or stream changed meanwhile.</summary>
    private async ValueTask<bool> TryAppendAsync(
        string groupName, string streamName, List<LogLine> lines, bool makes, CancellationToken cancellation)
    {
        var group = await table.FindGroupAsync(groupName, cancellation);
        if (group is null)
        {
            if (!makes)
            {
                throw LogsFault.NoGroup();
            }

            await table.CreateGroupAsync(NewGroup(groupName), cancellation);
            return false;
        }

        var before = await table.FindStreamAsync(group, streamName, cancellation);
        if (before is null && !makes)
        {
            throw LogsFault.NoStream();
        }

        var bytes = lines.Sum(line => (long)Encoding.UTF8.GetByteCount(line.Message));
        var stream = before ?? NewStream(streamName);
        var batches = EventBatch.Write(stream.Id, stream.Sequence, NowMillis, group.RetentionDays, lines).ToList();
        var first = lines[0].Time.ToUnixTimeMilliseconds();
        var last = lines[^1].Time.ToUnixTimeMilliseconds();
        var after = stream with
        {
            Sequence = stream.Sequence + batches.Count,
            FirstMillis = Math.Min(stream.FirstMillis ?? first, first),
            LastMillis = Math.Max(stream.LastMillis ?? last, last),
            IngestedMillis = NowMillis,
            StoredBytes = stream.StoredBytes + bytes,
        };
        List<TransactAction> actions =
        [
            TransactAction.Update(LogTable.Name, LogGroup.KeyOf(group.Name), "ADD bytes :more", Unchanged(group, bytes)),
            TransactAction.Put(LogTable.Name, after.ToItem(group.Id), before is null
                ? new WriteOptions { Condition = "attribute_not_exists(pk)" }
                : new WriteOptions { Condition = "id = :id AND seq = :seq", Values = Item.Of((":id", before.Id), (":seq", before.Sequence)) }),
        ];
        return await WriteAsync(group, after, actions, batches, cancellation);
    }

    /// <summary>Whoever changes the retention looks for what is there once: what comes behind must know of the change.</summary>
    private static WriteOptions Unchanged(LogGroup group, long bytes) => group.RetentionDays is { } days
        ? new WriteOptions
        {
            Condition = "id = :id AND days = :days",
            Values = Item.Of((":id", group.Id), (":more", bytes), (":days", days)),
        }
        : new WriteOptions
        {
            Condition = "id = :id AND attribute_not_exists(days)",
            Values = Item.Of((":id", group.Id), (":more", bytes)),
        };

    /// <summary>The first transaction decides; what does not fit follows. A batch is never torn.</summary>
    private async ValueTask<bool> WriteAsync(
        LogGroup group, LogStream stream, List<TransactAction> actions, List<IReadOnlyList<Item>> batches, CancellationToken cancellation)
    {
        var bytes = 0;
        var isFirst = true;
        foreach (var batch in batches)
        {
            var batchBytes = batch.Sum(item => item.SizeBytes);
            if (actions.Count + batch.Count > TransactionActionsMax || bytes + batchBytes > TransactionBytesMax)
            {
                if (!(await table.Store.TransactWriteAsync(actions, null, cancellation)).Accepted)
                {
                    return !isFirst; // Behind the first one only the stream's deletion refuses, and then nobody wants the rest.
                }

                actions = [TransactAction.Check(LogTable.Name, LogStream.KeyOf(group.Id, stream.Name), LogTable.Same("id", stream.Id))];
                bytes = 0;
                isFirst = false;

                // The stream already counts what follows: from here on only a crash keeps it away.
                cancellation = CancellationToken.None;
            }

            actions.AddRange(batch.Select(item => TransactAction.Put(LogTable.Name, item)));
            bytes += batchBytes;
        }

        return (await table.Store.TransactWriteAsync(actions, null, cancellation)).Accepted || !isFirst;
    }

    private static IEnumerable<LogLine> Cut(LogLine line)
    {
        if (Encoding.UTF8.GetByteCount(line.Message) <= MessageBytesMax)
        {
            yield return line;
            yield break;
        }

        const int CharactersMax = MessageBytesMax / 3; // A character takes three bytes at most, half a surrogate pair two.
        for (var start = 0; start < line.Message.Length;)
        {
            var end = Math.Min(line.Message.Length, start + CharactersMax);
            end -= end < line.Message.Length && char.IsHighSurrogate(line.Message[end - 1]) ? 1 : 0;
            yield return line with { Message = line.Message[start..end] };
            start = end;
        }
    }
}
