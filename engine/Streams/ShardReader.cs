using Storage.Engine.Model;

namespace Storage.Engine.Streams;

/// <summary>
/// Reads the shards of streams: what the feed has of a table's partition, limited to what a stream has seen of it.
/// </summary>
internal sealed class ShardReader(ChangeFeed feed)
{
    /// <summary>Pages of the feed without a change of the shard that one read passes over.</summary>
    private const int EmptyPagesMax = 16;

    /// <summary>Where TRIM_HORIZON is: the oldest record that is kept lies behind it.</summary>
    internal ChangePosition TrimHorizon(TableStream stream)
    {
        var kept = feed.TrimHorizon(stream.TableId);
        return kept > stream.Since ? kept : stream.Since;
    }

    /// <summary>Where LATEST is: behind everything that can be read now.</summary>
    internal ChangePosition Latest(TableStream stream)
    {
        var end = stream.UntilLsn is { } until && until < feed.End.Lsn ? ChangePosition.EndOf(until) : feed.End;
        return end > stream.Since ? end : stream.Since;
    }

    /// <summary>
    /// Reads what lies behind a position, at most so many records and so many of their bytes; one even if it has more.
    /// The stream's end, if it has one, is durable already.
    /// </summary>
    /// <exception cref="DynamoDbException">TrimmedDataAccessException.</exception>
    /// <exception cref="InvalidDataException">What is kept is damaged; the text says where.</exception>
    internal async ValueTask<ShardPage> ReadAsync(
        TableStream stream, uint partitionId, ChangePosition after, int recordsMax, int bytesMax, CancellationToken cancellation)
    {
        after = after > stream.Since ? after : stream.Since;
        var until = stream.UntilLsn is { } lsn ? ChangePosition.EndOf(lsn) : (ChangePosition?)null;
        for (var pages = 1; ; pages++)
        {
            if (after >= until)
            {
                return new ShardPage([], after, true, true);
            }

            var end = feed.End;
            var page = await feed.ReadAsync(stream.TableId, partitionId, after, recordsMax, bytesMax, cancellation).ConfigureAwait(false);
            if (page.HasMissed)
            {
                throw DynamoDbException.TrimmedDataAccess();
            }

            var isLast = page.Next >= until || (page.IsAtEnd && end.Lsn >= stream.UntilLsn);
            if (page.Changes.Count > 0 || page.IsAtEnd || isLast || pages == EmptyPagesMax)
            {
                return Show(stream, page, until, isLast, bytesMax);
            }

            after = page.Next;
        }
    }

    /// <summary>What the stream shows of a page: up to its own end, and not more than the reader wants, but one.</summary>
    private static ShardPage Show(TableStream stream, StreamPage page, ChangePosition? until, bool isLast, int bytesMax)
    {
        var entries = new List<StreamEntry>(page.Changes.Count);
        var bytes = 0;
        foreach (var change in page.Changes)
        {
            if (change.Position > until)
            {
                break;
            }

            var entry = new StreamEntry(stream, change);
            bytes += entry.SizeBytes;
            if (bytes > bytesMax && entries.Count > 0)
            {
                return new ShardPage(entries, entries[^1].Change.Position, false, false);
            }

            entries.Add(entry);
        }

        return new ShardPage(entries, page.Next > until ? until.Value : page.Next, page.IsAtEnd || isLast, isLast);
    }

    /// <summary>Completes when there may be a change of the stream behind that position, at once if there is.</summary>
    internal ValueTask WaitAsync(TableStream stream, ChangePosition after, CancellationToken cancellation) =>
        feed.WaitAsync(stream.TableId, after > stream.Since ? after : stream.Since, cancellation);

    /// <summary>Whether a sequence number could be one that a reader was shown.</summary>
    internal bool IsKnown(TableStream stream, ChangePosition position) =>
        position.Lsn <= Math.Max(feed.End.Lsn, stream.StartingPosition.Lsn);

    /// <exception cref="DynamoDbException">TrimmedDataAccessException: changes behind the position are lost.</exception>
    internal void RequireKept(TableStream stream, ChangePosition after)
    {
        var kept = feed.TrimHorizon(stream.TableId);
        if (after < kept && stream.Since < kept)
        {
            throw DynamoDbException.TrimmedDataAccess();
        }
    }
}
