using Storage.Engine.Log;
using Xunit;

namespace Storage.Tests.Log;

/// <summary>What a follower of a log without files relies on: it sees what it wants in order, and before anyone else hears of it.</summary>
public sealed class MemoryLogTests
{
    private const int Appenders = 4;
    private const int Appends = 5000;

    [Fact]
    public async Task A_follower_has_seen_all_that_is_durable()
    {
        await using var log = new MemoryLog();
        var follower = new Follower(wantsOneIn: 1);
        log.Follow(follower);
        var appending = AppendAsync(log);
        while (!appending.IsCompleted)
        {
            var durable = log.DurableLsn;
            Assert.InRange(durable, 0, follower.LastLsn);
        }

        await appending;
        Assert.Equal(Appenders * Appends, follower.Seen);
        Assert.Equal(Appenders * Appends, follower.LastDurableLsn);
    }

    [Fact]
    public async Task A_follower_sees_what_it_wants_in_order_while_others_pass()
    {
        await using var log = new MemoryLog();
        var follower = new Follower(wantsOneIn: 2);
        log.Follow(follower);
        await AppendAsync(log);

        Assert.Equal(Appenders * Appends, log.LastLsn);
        Assert.Equal(Appenders / 2 * Appends, follower.Seen);
        Assert.False(follower.HasSeenDisorder);
        Assert.Equal(follower.LastLsn, follower.LastDurableLsn);
    }

    private static Task AppendAsync(MemoryLog log) => Task.WhenAll(Enumerable.Range(0, Appenders).Select(appender => Task.Run(() =>
    {
        var record = new RecordBuilder();
        record.AddParticipant(new Participant((uint)appender, 1, 1));
        for (var i = 0; i < Appends; i++)
        {
            log.Append(record);
        }
    })));

    private sealed class Follower(uint wantsOneIn) : ILogFollower
    {
        private long lastLsn;
        private long lastDurableLsn;

        internal long LastLsn => Volatile.Read(ref lastLsn);

        internal long LastDurableLsn => Volatile.Read(ref lastDurableLsn);

        internal int Seen { get; private set; }

        internal bool HasSeenDisorder { get; private set; }

        public bool Wants(RecordBuilder record) => Participant.Read(record.Payload).PartitionId % wantsOneIn == 0;

        public void NoteAppended(in LogPosition end, RecordBuilder record)
        {
            Thread.SpinWait(50); // the number is taken, and the record not yet seen here
            HasSeenDisorder |= end.Lsn <= lastLsn || end.TimeMicros == 0;
            Seen++;
            Volatile.Write(ref lastLsn, end.Lsn);
        }

        public void NoteDurable(long lsn)
        {
            long known;
            while ((known = LastDurableLsn) < lsn && Interlocked.CompareExchange(ref lastDurableLsn, lsn, known) != known)
            {
            }
        }
    }
}
