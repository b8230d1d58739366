using Storage.Engine.Log;

namespace Storage.Simulation.Rig;

/// <summary>A log that nobody appends to, without a thread of its own: all that is there is durable and can be read.</summary>
internal sealed class StoppedLog(SegmentFiles segments, long lastLsn) : StoreLog
{
    internal override long LastLsn => lastLsn;

    internal override long DurableLsn => lastLsn;

    internal override Exception? Poison => null;

    internal override bool HasRoom => false;

    /// <summary>The place before the first record.</summary>
    internal LogPosition Start => LogPosition.Start(segments.Geometry);

    /// <summary>As <see cref="LogReading"/> says.</summary>
    internal void Read(in LogPosition from, long untilLsn, IRecordSink sink) => new LogScan(segments, from, sink).RunUntil(untilLsn);

    internal override long Append(RecordBuilder record) => throw new NotSupportedException();

    internal override ValueTask WaitUntilDurableAsync(long lsn, CancellationToken cancellation) => ValueTask.CompletedTask;

    internal override ValueTask WaitForRoomAsync(CancellationToken cancellation) => throw new NotSupportedException();

    internal override void Fail(Exception cause) => throw new NotSupportedException();

    internal override void Follow(ILogFollower first) => throw new NotSupportedException();

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
