using FASTER.core;

namespace Storage.Engine.Log;

/// <summary>
/// FasterLog's disk. A write is only queued here: the enqueuing thread may hold the append lock, and a page turn
/// issues a write in the middle of an append. <see cref="WriteQueued"/>, called by the committing thread alone, writes
/// everything queued, syncs once, and then tells FasterLog. So what FasterLog believes flushed is durable.
/// <para>After the first failure nothing more reaches the files: a sync that failed once may report success the next
/// time without having written what was lost.</para>
/// </summary>
internal sealed class LogDevice(SegmentFiles segments) : StorageDeviceBase("log", SectorBytes, Devices.CAPACITY_UNSPECIFIED)
{
    private const uint SectorBytes = 512;
    private const uint WriteFailed = 1;
    private const uint ReadFailed = 2;

    private readonly Lock gate = new();
    private readonly List<int> touched = [];
    private List<QueuedWrite> queued = [];
    private List<QueuedWrite> writing = [];
    private volatile bool hasFailed;

    /// <summary>Called after each queued write, on whatever thread queued it.</summary>
    internal Action? Queued { get; set; }

    /// <summary>Called once, by the committing thread, before FasterLog hears of a failure.</summary>
    internal Action<Exception>? Failing { get; set; }

    internal bool HasQueuedWrites
    {
        get
        {
            lock (gate)
            {
                return queued.Count > 0;
            }
        }
    }

    /// <inheritdoc />
    public override void WriteAsync(
        nint sourceAddress, int segmentId, ulong destinationAddress, uint numBytesToWrite, DeviceIOCompletionCallback callback, object context)
    {
        lock (gate)
        {
            queued.Add(new QueuedWrite(sourceAddress, segmentId, (long)destinationAddress, (int)numBytesToWrite, callback, context));
        }

        Queued?.Invoke();
    }

    /// <inheritdoc />
    public override unsafe void ReadAsync(
        int segmentId, ulong sourceAddress, nint destinationAddress, uint readLength, DeviceIOCompletionCallback callback, object context)
    {
        uint error = 0;
        try
        {
            var address = (segmentId * segments.Geometry.SegmentBytes) + (long)sourceAddress;
            segments.Read(address, new Span<byte>((void*)destinationAddress, (int)readLength));
        }
        catch (IOException)
        {
            error = ReadFailed;
        }

        callback(error, readLength, context);
    }

    /// <inheritdoc />
    public override void RemoveSegmentAsync(int segment, AsyncCallback callback, IAsyncResult result)
    {
        segments.Delete(segment);
        segments.SyncDirectory();
        callback(result);
    }

    /// <summary>Writes and syncs everything queued. Returns when FasterLog knows, whether it went well or not.</summary>
    internal unsafe void WriteQueued()
    {
        lock (gate)
        {
            (queued, writing) = (writing, queued);
        }

        if (writing.Count == 0)
        {
            return;
        }

        if (!hasFailed)
        {
            try
            {
                foreach (var write in writing)
                {
                    segments.Write(write.Segment, write.Offset, new ReadOnlySpan<byte>((void*)write.Source, write.Bytes));
                    if (!touched.Contains(write.Segment))
                    {
                        touched.Add(write.Segment);
                    }
                }

                foreach (var segment in touched)
                {
                    segments.Sync(segment);
                }

                touched.Clear();
            }
            catch (Exception failure)
            {
                hasFailed = true;
                Failing?.Invoke(failure);
            }
        }

        try
        {
            // FasterLog's callbacks may queue the next write of the same page; that goes to the other list.
            foreach (var write in writing)
            {
                write.Callback(hasFailed ? WriteFailed : 0, (uint)write.Bytes, write.Context);
            }
        }
        finally
        {
            writing.Clear();
        }
    }

    /// <summary>True when writes no longer reach the files; what FasterLog believes flushed means nothing then.</summary>
    internal bool HasFailed => hasFailed;

    /// <summary>Notes in the files that everything up to an LSN, which ends at an address, is durable.</summary>
    internal void MarkDurable(long lsn, long endAddress) => segments.MarkDurable(segments.Geometry.Segment(endAddress - 1), lsn);

    /// <summary>Notes it in the file beside the segments only.</summary>
    internal void WitnessDurable(long lsn) => segments.WitnessDurable(lsn);

    /// <summary>Makes that note durable as well.</summary>
    internal void SyncMark() => segments.SyncMark();

    /// <summary>From now on writes fail without reaching the files.</summary>
    internal void Fail() => hasFailed = true;

    public override void Dispose() => segments.Dispose();

    private readonly record struct QueuedWrite(
        nint Source, int Segment, long Offset, int Bytes, DeviceIOCompletionCallback Callback, object Context);
}
