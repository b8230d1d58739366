using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Log;

/// <summary>"Nothing is answered before it is durable": no wait completes before the sync that covers its record.</summary>
public sealed class DurabilityTests
{
    [Fact]
    public async Task A_wait_completes_only_after_a_sync_that_began_after_the_append()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        using var gate = new SemaphoreSlim(0);
        var held = 0;
        files.Before = (operation, _) =>
        {
            if (operation == FileOperation.Sync)
            {
                Interlocked.Increment(ref held);
                gate.Wait();
            }
        };

        var first = LogFixture.AppendDurablyAsync(log, LogFixture.Record(1, 100));
        await UntilAsync(() => Volatile.Read(ref held) == 1);
        var second = LogFixture.AppendDurablyAsync(log, LogFixture.Record(2, 100));
        Assert.Equal(0, log.DurableLsn);
        Assert.False(first.IsCompleted);

        gate.Release();
        await first;
        await UntilAsync(() => Volatile.Read(ref held) == 2);
        Assert.Equal(1, log.DurableLsn);
        Assert.False(second.IsCompleted);

        gate.Release();
        await second;
        gate.Release(100);
        await log.DisposeAsync();
    }

    [Fact]
    public async Task Every_acknowledged_record_survives_a_loss_of_power_at_that_moment()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        var numbers = new int[1];
        var writers = Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            var chance = new Random(writer);
            for (var i = 0; i < 30; i++)
            {
                await log.WaitForRoomAsync(default);
                var lsn = await LogFixture.AppendDurablyAsync(
                    log, LogFixture.Record(Interlocked.Increment(ref numbers[0]), chance.Next(2000)));
                if (i % 5 == 0)
                {
                    var (survivor, replayed) = LogFixture.Open(files.Crash(i % 2 == 0 ? chance : null));
                    Assert.True(replayed.Records.Count >= lsn, $"Record {lsn} is lost; there are {replayed.Records.Count}.");
                    await survivor.DisposeAsync();
                }
            }
        }));
        await Task.WhenAll(writers);
        await log.DisposeAsync();
    }

    /// <summary>A killed process leaves records that the system has and the disk may not have: opening syncs them.</summary>
    [Fact]
    public async Task What_an_opening_shows_is_durable()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        for (var i = 1; i <= 30; i++)
        {
            await LogFixture.AppendDurablyAsync(log, LogFixture.Record(i, 1000));
        }

        using var gate = new SemaphoreSlim(0);
        var held = 0;
        files.Before = (operation, _) =>
        {
            if (operation == FileOperation.Sync)
            {
                Interlocked.Increment(ref held);
                gate.Wait();
            }
        };
        log.Append(LogFixture.Record(31, 1000));

        // A sync of an earlier write of the page may come first; the one meant is the first with record 31 before it.
        var seen = 0;
        MemoryFiles killed;
        do
        {
            if (seen > 0)
            {
                gate.Release();
            }

            await UntilAsync(() => Volatile.Read(ref held) > seen);
            seen++;
            killed = files.Kill();
        }
        while (await CountAsync(killed.Kill()) < 31);
        files.Before = null;
        gate.Release(1000);
        await log.DisposeAsync();
        var (powerless, less) = LogFixture.Open(killed.Crash());
        Assert.Equal(30, less.Records.Count);
        await powerless.DisposeAsync();

        var (reopened, replayed) = LogFixture.Open(killed);
        Assert.Equal(31, replayed.Records.Count);
        var (survivor, again) = LogFixture.Open(killed.Crash());
        Assert.Equal(31, again.Records.Count);
        await survivor.DisposeAsync();
        await reopened.DisposeAsync();
    }

    private static async Task<int> CountAsync(MemoryFiles files)
    {
        var (log, replayed) = LogFixture.Open(files);
        await log.DisposeAsync();
        return replayed.Records.Count;
    }

    [Fact]
    public async Task A_durable_record_is_waited_for_without_a_pause_and_one_never_appended_is_refused()
    {
        var (log, _) = LogFixture.Open(new MemoryFiles());
        Assert.True(log.WaitUntilDurableAsync(0, default).AsTask().IsCompletedSuccessfully);
        var lsn = await LogFixture.AppendDurablyAsync(log, LogFixture.Record(1, 10));
        Assert.True(log.WaitUntilDurableAsync(lsn, default).AsTask().IsCompletedSuccessfully);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await log.WaitUntilDurableAsync(lsn + 1, default));
        await log.DisposeAsync();
    }

    [Fact]
    public async Task A_cancelled_wait_ends_and_the_record_becomes_durable_all_the_same()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        using var gate = LogFixture.HoldSyncs(files);
        var lsn = log.Append(LogFixture.Record(1, 10));
        using var cancellation = new CancellationTokenSource();
        var cancelled = log.WaitUntilDurableAsync(lsn, cancellation.Token).AsTask();
        var patient = log.WaitUntilDurableAsync(lsn, default).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.False(patient.IsCompleted);
        gate.Set();
        await patient;

        // Pooled waiters are not handed out twice: each of these gets its own answer.
        for (var i = 2; i < 200; i++)
        {
            using var perhaps = new CancellationTokenSource();
            var one = log.WaitUntilDurableAsync(log.Append(LogFixture.Record(i, 10)), perhaps.Token).AsTask();
            var other = log.WaitUntilDurableAsync(log.LastLsn, default).AsTask();
            perhaps.Cancel();
            await other;
            await Task.WhenAny(one);
            Assert.True(one.IsCompletedSuccessfully || one.IsCanceled);
        }

        await log.DisposeAsync();
    }

    [Fact]
    public async Task Undurable_bytes_are_bounded_for_those_who_wait_for_room()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        using var gate = LogFixture.HoldSyncs(files);
        var appended = 0;
        while (log.HasRoom)
        {
            Assert.True(log.WaitForRoomAsync(default).AsTask().IsCompletedSuccessfully);
            log.Append(LogFixture.Record(++appended, 400));
        }

        // 8 KB of records of 4 + 64 + 16 + 400 bytes, the one that reaches the bound included.
        Assert.InRange(appended, 16, 18);
        using var cancellation = new CancellationTokenSource();
        var impatient = log.WaitForRoomAsync(cancellation.Token).AsTask();
        var patient = log.WaitForRoomAsync(default).AsTask();
        Assert.False(patient.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        gate.Set();
        await patient;
        await log.WaitUntilDurableAsync(log.LastLsn, default);
        Assert.True(log.HasRoom);
        await log.DisposeAsync();
    }

    [Fact]
    public async Task Sixty_four_appenders_get_dense_numbers_and_share_syncs()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        var numbers = 0;
        var appended = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(async () =>
        {
            var lsns = new List<long>();
            for (var i = 0; i < 50; i++)
            {
                await log.WaitForRoomAsync(default);
                lsns.Add(await LogFixture.AppendDurablyAsync(log, LogFixture.Record(Interlocked.Increment(ref numbers), 300)));
            }

            Assert.Equal(lsns.Order(), lsns);
            return lsns;
        })));
        Assert.Equal(Enumerable.Range(1, 3200).Select(lsn => (long)lsn), appended.SelectMany(lsns => lsns).Order());
        await log.DisposeAsync();

        var (reopened, replayed) = LogFixture.Open(files);
        Assert.Equal(Enumerable.Range(1, 3200).Select(n => (long)n), replayed.Numbers.Order());
        await reopened.DisposeAsync();
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Yield();
        }
    }
}
