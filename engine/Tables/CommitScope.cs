using Storage.Engine.Log;
using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>
/// One critical section: takes the writers of its partitions in id order, collects changes in one record, appends it
/// and applies it. Reusable by one thread at a time.
/// <para>Steps: <see cref="Add"/> every partition, <see cref="Enter"/>, read and <see cref="AddChange"/>,
/// <see cref="Commit"/> or not, <see cref="Exit"/> in a finally.</para>
/// </summary>
internal sealed class CommitScope(StoreLog log, ChangeApplier applier)
{
    private readonly RecordBuilder record = new();
    private Partition[] partitions = new Partition[4];
    private int[] changeCounts = new int[4];
    private int count;
    private int entered;

    /// <summary>True once a change was added.</summary>
    internal bool HasChanges { get; private set; }

    /// <summary>Adds a partition before <see cref="Enter"/>; repeats are ignored.</summary>
    internal void Add(Partition partition)
    {
        var at = count;
        while (at > 0 && partitions[at - 1].Id >= partition.Id)
        {
            if (ReferenceEquals(partitions[--at], partition))
            {
                return;
            }
        }

        if (count == partitions.Length)
        {
            Array.Resize(ref partitions, count * 2);
            Array.Resize(ref changeCounts, count * 2);
        }

        Array.Copy(partitions, at, partitions, at + 1, count - at);
        partitions[at] = partition;
        count++;
    }

    /// <summary>Takes the writers in id order and begins the record.</summary>
    internal void Enter()
    {
        for (; entered < count; entered++)
        {
            partitions[entered].Writer.Enter();
        }

        record.Reset();
        HasChanges = false;
        for (var i = 0; i < count; i++)
        {
            record.AddParticipant(new Participant(partitions[i].Id, partitions[i].Sequence + 1, 0));
            changeCounts[i] = 0;
        }
    }

    /// <summary>Adds a change of an item in one of the partitions.</summary>
    internal void AddChange(
        Partition partition,
        ChangeFlags flags,
        ReadOnlySpan<byte> key,
        int oldSizeBytes,
        int newSizeBytes,
        ReadOnlySpan<byte> newImage,
        ReadOnlySpan<byte> oldImage,
        ReadOnlySpan<byte> deltas)
    {
        var participant = Array.IndexOf(partitions, partition, 0, count);
        changeCounts[participant]++;
        HasChanges = true;
        Change.Write(record, flags, participant, key, oldSizeBytes, newSizeBytes, newImage, oldImage, deltas);
    }

    /// <summary>Bytes of the record so far.</summary>
    internal int RecordBytes => record.PayloadBytes;

    /// <summary>Appends the record and applies it while all latches are held: readers see all of it or nothing.</summary>
    internal long Commit()
    {
        for (var i = 0; i < count; i++)
        {
            new Participant(partitions[i].Id, partitions[i].Sequence + 1, changeCounts[i])
                .Write(record.At(i * Participant.SizeBytes));
        }

        var lsn = log.Append(record);
        for (var i = 0; i < count; i++)
        {
            partitions[i].Latch.EnterWrite();
        }

        try
        {
            var participantBytes = count * Participant.SizeBytes;
            applier.Apply(record.Payload[..participantBytes], record.Payload[participantBytes..], lsn);
        }
        catch (Exception failure)
        {
            // The log has the record and memory has half of it: nothing that memory says is true any more.
            log.Fail(failure);
            throw;
        }
        finally
        {
            for (var i = count - 1; i >= 0; i--)
            {
                partitions[i].Latch.ExitWrite();
            }
        }

        return lsn;
    }

    /// <summary>Releases what <see cref="Enter"/> took and forgets the partitions.</summary>
    internal void Exit()
    {
        while (entered > 0)
        {
            partitions[--entered].Writer.Exit();
        }

        Array.Clear(partitions, 0, count);
        count = 0;
    }
}
