using Storage.Engine.Log;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Log;

/// <summary>After the first failure writing has stopped for good, nobody waits for ever, and reopening tells the truth.</summary>
public sealed class PoisonTests
{
    [Theory]
    [InlineData(nameof(FileOperation.Write))]
    [InlineData(nameof(FileOperation.Sync))]
    public async Task The_first_failure_of_the_device_ends_writing(string failing)
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        var durable = await LogFixture.AppendDurablyAsync(log, LogFixture.Record(1, 100));
        files.Before = (operation, name) =>
        {
            if (operation.ToString() == failing)
            {
                throw new IOException($"No {operation} of {name}.");
            }
        };

        var lost = log.Append(LogFixture.Record(2, 100));
        var failure = await Assert.ThrowsAsync<LogPoisonedException>(async () => await log.WaitUntilDurableAsync(lost, default));
        Assert.Contains($"No {failing} of 00000000.log.", failure.Message, StringComparison.Ordinal);

        Assert.NotNull(log.Poison);
        Assert.False(log.HasRoom);
        Assert.Equal(durable, log.DurableLsn);
        Assert.Throws<LogPoisonedException>(() => log.Append(LogFixture.Record(3, 100)));
        await Assert.ThrowsAsync<LogPoisonedException>(async () => await log.WaitForRoomAsync(default));
        await Assert.ThrowsAsync<LogPoisonedException>(async () => await log.WaitUntilDurableAsync(lost, default));
        await log.WaitUntilDurableAsync(durable, default);
        await log.DisposeAsync();
    }

    /// <summary>A sync that failed once may report success the next time without having written what was lost.</summary>
    [Fact]
    public async Task Nothing_reaches_the_files_after_a_failed_sync()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        await LogFixture.AppendDurablyAsync(log, LogFixture.Record(1, 100));
        var failures = 0;
        files.Before = (operation, _) =>
        {
            if (operation == FileOperation.Sync && Interlocked.Increment(ref failures) == 1)
            {
                throw new IOException("Once.");
            }
        };
        await Assert.ThrowsAsync<LogPoisonedException>(() => LogFixture.AppendDurablyAsync(log, LogFixture.Record(2, 100)));
        var (writes, syncs) = (files.Count(FileOperation.Write), files.Count(FileOperation.Sync));
        Assert.Throws<LogPoisonedException>(() => log.Append(LogFixture.Record(3, 100)));
        await log.DisposeAsync();
        Assert.Equal((writes, syncs), (files.Count(FileOperation.Write), files.Count(FileOperation.Sync)));

        var (reopened, replayed) = LogFixture.Open(files.Crash());
        Assert.Equal([1], replayed.Numbers);
        Assert.Null(reopened.Poison);
        await reopened.DisposeAsync();
    }

    [Fact]
    public async Task Everyone_who_waits_hears_of_the_failure_and_those_behind_it_too()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        await LogFixture.AppendDurablyAsync(log, LogFixture.Record(1, 100));
        using var gate = LogFixture.HoldSyncs(files, new IOException("No."));
        var waits = Enumerable.Range(2, 20).Select(i => LogFixture.AppendDurablyAsync(log, LogFixture.Record(i, 100))).ToArray();
        gate.Set();
        foreach (var wait in waits)
        {
            await Assert.ThrowsAsync<LogPoisonedException>(() => wait);
        }

        await log.DisposeAsync();
    }

    [Fact]
    public async Task An_append_that_waits_for_a_full_buffer_ends_with_the_failure()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        using var gate = LogFixture.HoldSyncs(files, new IOException("No."));

        // Four pages of 4 KB: this record cannot be in the buffer as a whole.
        var blocked = Task.Run(() => log.Append(LogFixture.Record(1, 100_000)));
        while (files.Count(FileOperation.Sync) < 2)
        {
            await Task.Yield();
        }

        Assert.False(blocked.IsCompleted);
        gate.Set();
        await Assert.ThrowsAsync<LogPoisonedException>(() => blocked);
        await log.DisposeAsync();
    }

    [Fact]
    public async Task A_log_poisoned_from_outside_fails_what_is_not_durable_and_keeps_the_first_cause()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        await LogFixture.AppendDurablyAsync(log, LogFixture.Record(1, 100));
        using var gate = LogFixture.HoldSyncs(files);
        var undurable = LogFixture.AppendDurablyAsync(log, LogFixture.Record(2, 100));
        var cause = new InvalidOperationException("Applying failed.");
        log.Fail(cause);
        log.Fail(new InvalidOperationException("Later."));
        gate.Set();
        await Assert.ThrowsAsync<LogPoisonedException>(() => undurable);
        Assert.Same(cause, log.Poison);
        await log.WaitUntilDurableAsync(1, default);
        await log.DisposeAsync();
    }

    [Fact]
    public async Task A_segment_that_cannot_be_created_ends_writing()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        files.Before = (operation, _) =>
        {
            if (operation == FileOperation.SyncDirectory)
            {
                throw new IOException("Disk full.");
            }
        };
        await Assert.ThrowsAsync<LogPoisonedException>(async () =>
        {
            for (var i = 1; i < 100; i++)
            {
                await LogFixture.AppendDurablyAsync(log, LogFixture.Record(i, 1000));
            }
        });
        var durable = log.DurableLsn;
        await log.DisposeAsync();

        var (reopened, replayed) = LogFixture.Open(files.Crash());
        Assert.Equal(durable, replayed.Records.Count);
        await reopened.DisposeAsync();
    }
}
