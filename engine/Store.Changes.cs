using System.Runtime.CompilerServices;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Partitions;
using Storage.Engine.Streams;
using Storage.Engine.Tables;

namespace Storage.Engine;

/// <content>The changes of tables with a stream.</content>
public sealed partial class Store
{
    /// <summary>Changes and bytes of images that are read at once; less than a page of the wire's GetRecords.</summary>
    private const int ChangesAtOnceMax = 256;
    private const int ChangeBytesAtOnceMax = 256 * 1024;

    /// <summary>
    /// The changes of a table with a stream, in order, from a position on; waits for new ones and ends only with the
    /// stream. Any number of readers; a slow one holds no writer, and no other reader.
    /// </summary>
    /// <param name="table">The table's name.</param>
    /// <param name="after">The changes behind this position; null: those from now on; default: all that are kept.</param>
    /// <param name="cancellation">Ends the sequence by an exception.</param>
    /// <exception cref="DynamoDbException">
    /// Where the sequence is read: ResourceNotFoundException, also once the table is deleted and its changes are read;
    /// ValidationException when the table has no stream, or no more; TrimmedDataAccessException when changes behind the
    /// position, or behind a reader that was too slow, are no longer kept.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The store was closed.</exception>
    public IAsyncEnumerable<ItemChange> ReadChangesAsync(
        string table, ChangePosition? after, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(table);
        return ReadChangesFromAsync(table, after ?? Changes.End, cancellation);
    }

    private async IAsyncEnumerable<ItemChange> ReadChangesFromAsync(
        string name, ChangePosition after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var table = await FindAsync(name, cancellation).ConfigureAwait(false);
        if (table.Definition.Stream is null)
        {
            throw DynamoDbException.NoStream(name);
        }

        if (after != default && after < Changes.TrimHorizon(table.Stored.Id))
        {
            throw DynamoDbException.TrimmedDataAccess();
        }

        while (true)
        {
            var page = await Changes.ReadAsync(
                table.Stored.Id, null, after, ChangesAtOnceMax, ChangeBytesAtOnceMax, cancellation).ConfigureAwait(false);
            if (page.HasMissed)
            {
                throw DynamoDbException.TrimmedDataAccess();
            }

            // A stream that was switched off and on again has another label.
            table = table.Handle.Current is { Definition.Stream: not null } now ? now : table;
            foreach (var change in page.Changes)
            {
                yield return Give(table, change);
            }

            after = page.Next;
            if (page.IsAtEnd)
            {
                // The wait is known before anyone looks: whoever ends the stream from here on completes it.
                var waiting = Changes.WaitAsync(table.Stored.Id, after, cancellation);
                if (Changes.HasEnded(table.Stored.Id, after, out var isDropped))
                {
                    throw isDropped ? DynamoDbException.ResourceNotFound() : DynamoDbException.NoStream(name);
                }

                await waiting.ConfigureAwait(false);
            }
            else
            {
                // A page from memory takes no wait: without this a reader far behind would keep its thread from the others.
                await Task.Yield();
            }
        }
    }

    private static ItemChange Give(Table table, StreamChange change)
    {
        var image = change.NewImage.IsEmpty ? change.OldImage : change.NewImage;
        using var keys = ValueWriter.Rent();
        StreamKeys.Write(table.Key, image.Span, keys);
        var existed = (change.Flags & ChangeFlags.Existed) != 0;
        return new ItemChange
        {
            Position = change.Position,
            Kind = change.NewImage.IsEmpty ? ItemChangeKind.Remove : existed ? ItemChangeKind.Modify : ItemChangeKind.Insert,
            Time = DateTimeOffset.UnixEpoch.AddTicks(change.TimeMicros * TimeSpan.TicksPerMicrosecond),
            ShardId = StreamShard.IdOf(table.Stored.StreamLabelMicros, change.PartitionId),
            Keys = new Item(keys.Written.ToArray()),
            NewImage = change.NewImage.IsEmpty ? null : new Item(change.NewImage.ToArray()),
            OldImage = change.OldImage.IsEmpty ? null : new Item(change.OldImage.ToArray()),
            IsExpiry = (change.Flags & ChangeFlags.Expiry) != 0,
        };
    }
}
