using FASTER.core;
using Storage.Engine.Files;

namespace Storage.Engine.Log;

/// <summary>
/// The log on files. FasterLog numbers the bytes, buffers the pages and orders the flushes; what a record is, what is
/// durable and where the log ends is decided here. Nothing outside this room names FasterLog.
/// </summary>
internal sealed class DiskLog : StoreLog
{
    private readonly LogGeometry geometry;
    private readonly LogOptions options;
    private readonly SegmentFiles segments;
    private readonly LogDevice device;
    private readonly FasterLog log;
    private readonly GroupCommit commit;
    private readonly DurableWaiters waiters;

    // Everything below belongs to whoever holds the append lock; others may read the LSN and the address.
    private readonly Lock appendLock = new();
    private long lastLsn;
    private long lastTimeMicros;
    private ulong lastChecksum;
    private RecordKind lastKind;
    private long appendedAddress;
    private bool closed;
    private byte[]? fragment;
    private ILogFollower? follower;

    private DiskLog(SegmentFiles segments, LogEnd end, LogOptions options)
    {
        this.segments = segments;
        this.options = options;
        geometry = segments.Geometry;
        lastLsn = end.Lsn;
        lastTimeMicros = end.TimeMicros;
        lastChecksum = end.Checksum;
        lastKind = end.Kind;
        device = new LogDevice(segments);
        log = Recover(device, geometry, options, end.Address);
        appendedAddress = log.TailAddress;
        waiters = new DurableWaiters(end.Lsn);
        commit = new GroupCommit(log, device, waiters, options);
    }

    /// <inheritdoc />
    internal override long LastLsn => commit.AppendedLsn;

    /// <inheritdoc />
    internal override long DurableLsn => waiters.DurableLsn;

    /// <inheritdoc />
    internal override Exception? Poison => waiters.Poison;

    /// <inheritdoc />
    internal override bool HasRoom =>
        waiters.Poison is null && Volatile.Read(ref appendedAddress) - commit.DurableAddress < options.UndurableBytesMax;

    /// <summary>
    /// Opens a log, or starts a new one, and feeds its records to the sink: all, or those behind a position that is
    /// known to be durable. Segments that hold nothing from the position on are removed.
    /// </summary>
    /// <exception cref="IOException">The files cannot be read or written.</exception>
    /// <exception cref="InvalidDataException">
    /// Records that were durable are damaged or missing; the text names file, offset and LSN. Nothing was changed.
    /// </exception>
    internal static DiskLog Open(IStoreFiles files, LogOptions options, LogPosition? from, IRecordSink sink)
    {
        options.Check();
        var segments = SegmentFiles.Open(files, options, from);
        try
        {
            var end = new LogScan(segments, from ?? LogPosition.Start(segments.Geometry), sink).Run();
            new LogTail(segments, end).Settle();
            return new DiskLog(segments, end, options);
        }
        catch
        {
            segments.Dispose();
            throw;
        }
    }

    /// <summary>Identity of the log, which is the store's: every file of the store names it.</summary>
    internal Guid Identity => geometry.InstanceId;

    /// <summary>The place before the first record.</summary>
    internal LogPosition Start => LogPosition.Start(geometry);

    /// <summary>The place behind the last record appended. Whoever wants it to hold still keeps appenders away.</summary>
    internal LogPosition Position
    {
        get
        {
            lock (appendLock)
            {
                return new LogPosition(lastLsn, appendedAddress, lastChecksum, lastTimeMicros);
            }
        }
    }

    /// <summary>Bytes of log from a position to the last record appended.</summary>
    internal long BytesSince(in LogPosition position) => Volatile.Read(ref appendedAddress) - position.Address;

    /// <summary>
    /// Feeds the records between two positions to a sink. All of them are durable, so they are read from the files; the
    /// caller sees to it that they are not trimmed meanwhile.
    /// </summary>
    /// <exception cref="IOException">The files cannot be read.</exception>
    /// <exception cref="InvalidDataException">What is there is not what was written; the text names file, offset and LSN.</exception>
    internal void Read(in LogPosition from, in LogPosition until, IRecordSink sink)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(until.Lsn, DurableLsn, nameof(until));
        new LogScan(segments, from, sink).RunUntil(until);
    }

    /// <summary>As the other, up to a record whose place in the files the caller does not know.</summary>
    /// <exception cref="IOException">The files cannot be read.</exception>
    /// <exception cref="InvalidDataException">What is there is not what was written; the text names file, offset and LSN.</exception>
    internal void Read(in LogPosition from, long untilLsn, IRecordSink sink)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(untilLsn, DurableLsn);
        new LogScan(segments, from, sink).RunUntil(untilLsn);
    }

    /// <summary>
    /// Deletes the segments that hold nothing from a durable position on, except the one that holds the byte before it.
    /// Whoever opens the log from now on gives that position or a later one.
    /// </summary>
    /// <exception cref="IOException">Not all could be deleted; trimming again, or opening, deletes the rest.</exception>
    internal void Trim(in LogPosition position)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position.Lsn, DurableLsn, nameof(position));
        segments.Trim(geometry.Segment(position.Address - 1));
    }

    /// <inheritdoc />
    internal override long Append(RecordBuilder record)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(record.PayloadBytes, LogGeometry.PayloadBytesMax, nameof(record));
        var framed = record.Framed(RecordHeader.SizeBytes);
        RecordHeader.Prepare(framed, record, options.Epoch);
        var now = options.Time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks;
        long lsn;
        lock (appendLock)
        {
            commit.ThrowIfPoisoned();
            ObjectDisposedException.ThrowIf(closed, this);
            lsn = Append(framed, record, now / TimeSpan.TicksPerMicrosecond);
        }

        commit.Wake();
        return lsn;
    }

    /// <inheritdoc />
    internal override ValueTask WaitUntilDurableAsync(long lsn, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lsn, LastLsn);
        return waiters.Wait(lsn, cancellation);
    }

    /// <inheritdoc />
    internal override ValueTask WaitForRoomAsync(CancellationToken cancellation)
    {
        return HasRoom ? ValueTask.CompletedTask : WaitAsync(cancellation);

        async ValueTask WaitAsync(CancellationToken token)
        {
            do
            {
                // Every step that durability takes is looked at; when nothing is left to wait for, there is room.
                commit.ThrowIfPoisoned();
                await waiters.Wait(Math.Min(waiters.DurableLsn + 1, LastLsn), token).ConfigureAwait(false);
            }
            while (!HasRoom);
        }
    }

    /// <inheritdoc />
    internal override void Follow(ILogFollower first)
    {
        lock (appendLock)
        {
            follower = first;
        }

        commit.Follower = first;
    }

    /// <inheritdoc />
    internal override void Fail(Exception cause) => commit.Fail(cause);

    /// <summary>Makes everything durable, marks the shutdown as clean and closes the files. A poisoned log is only closed.</summary>
    public override async ValueTask DisposeAsync()
    {
        lock (appendLock)
        {
            if (closed)
            {
                return;
            }

            closed = true;
        }

        try
        {
            // The mark comes after the sync of all before it, and so knows them to be durable.
            await waiters.Wait(lastLsn, CancellationToken.None).ConfigureAwait(false);
            await waiters.Wait(MarkCleanShutdown(), CancellationToken.None).ConfigureAwait(false);
        }
        catch (LogPoisonedException)
        {
        }

        // FasterLog's Dispose does not wait for writes; this thread makes them, and ends when there are none.
        await commit.StopAsync().ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
        commit.Dispose();
        segments.Dispose();
    }

    private static FasterLog Recover(LogDevice device, LogGeometry geometry, LogOptions options, long endAddress)
    {
        var settings = new FasterLogSettings
        {
            LogDevice = device,
            LogCommitManager = new ScannedCommits(endAddress),
            PageSizeBits = geometry.PageSizeBits,
            SegmentSizeBits = geometry.SegmentSizeBits,
            MemorySizeBits = geometry.PageSizeBits + int.Log2(options.BufferPages),
            FastCommitMode = false,
            TryRecoverLatest = false, // its errors would be swallowed and the log be empty
        };

        // Its constructor takes a logger, and so would bind the engine to another package. Nothing is awaited here.
        var log = FasterLog.CreateAsync(settings).AsTask().GetAwaiter().GetResult();
        try
        {
            log.Recover();
            return log.TailAddress == endAddress
                ? log
                : throw new IOException($"The log's tail is at {log.TailAddress} instead of {endAddress}.");
        }
        catch (FasterException failure)
        {
            log.Dispose();
            throw new IOException("The log's last page could not be read.", failure);
        }
    }

    /// <summary>Numbers, times and chains a record, and puts it into the buffer.</summary>
    private long Append(Span<byte> framed, RecordBuilder record, long nowMicros)
    {
        var time = Math.Max(lastTimeMicros, nowMicros);
        var lsn = lastLsn + 1;
        var checksum = RecordHeader.Stamp(framed, lsn, waiters.DurableLsn, time, lastChecksum, geometry.Seed);
        try
        {
            if (framed.Length <= geometry.EntryBytesMax)
            {
                commit.Enqueue(framed);
            }
            else
            {
                EnqueueFragments(framed, lsn);
            }

            follower?.NoteAppended(new LogPosition(lsn, log.TailAddress, checksum, time), record);
        }
        catch (Exception failure)
        {
            // The number is taken and part of the record may be in the buffer: nothing can follow it.
            commit.Fail(failure is LogPoisonedException { InnerException: { } cause } ? cause : failure);
            throw failure as LogPoisonedException ?? new LogPoisonedException(failure);
        }

        lastLsn = lsn;
        lastTimeMicros = time;
        lastChecksum = checksum;
        lastKind = record.Kind;
        commit.NoteAppended(lsn);
        Volatile.Write(ref appendedAddress, log.TailAddress);
        return lsn;
    }

    private void EnqueueFragments(ReadOnlySpan<byte> framed, long lsn)
    {
        fragment ??= new byte[geometry.EntryBytesMax];
        var count = (framed.Length + geometry.FragmentBytesMax - 1) / geometry.FragmentBytesMax;
        for (var index = 0; index < count; index++)
        {
            var rest = framed[(index * geometry.FragmentBytesMax)..];
            var bytes = rest[..Math.Min(rest.Length, geometry.FragmentBytesMax)];
            new FragmentHeader(index, count, framed.Length, lsn).Write(fragment);
            bytes.CopyTo(fragment.AsSpan(FragmentHeader.SizeBytes));
            commit.Enqueue(fragment.AsSpan(0, FragmentHeader.SizeBytes + bytes.Length));
        }
    }

    /// <summary>Appends the mark, unless the log ends with one already or nothing was ever written. Returns its LSN.</summary>
    private long MarkCleanShutdown()
    {
        lock (appendLock)
        {
            if (lastLsn == 0 || lastKind == RecordKind.CleanShutdown)
            {
                return lastLsn;
            }

            var mark = new RecordBuilder { Kind = RecordKind.CleanShutdown };
            var framed = mark.Framed(RecordHeader.SizeBytes);
            RecordHeader.Prepare(framed, mark, options.Epoch);
            Append(framed, mark, lastTimeMicros);
        }

        commit.Wake();
        return lastLsn;
    }

    private async Task CloseAsync()
    {
        // Dispose fails FasterLog's commit task; someone has to look at it, or it is reported as unobserved later.
        var observed = log.WaitForCommitAsync(long.MaxValue).AsTask();
        log.Dispose();
        try
        {
            await observed.ConfigureAwait(false);
        }
        catch (Exception closed) when (closed is ObjectDisposedException or CommitFailureException)
        {
        }
    }
}
