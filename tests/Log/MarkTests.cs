using Microsoft.Extensions.Time.Testing;
using Storage.Engine.Log;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Log;

/// <summary>Marks in segment headers tell how far the log was durable, and that a segment has a next one.</summary>
public sealed class MarkTests
{
    private const string First = "00000000.log";
    private static readonly LogGeometry Geometry = SegmentHeader.Geometry(12, 14, LogFixture.InstanceId);

    [Fact]
    public async Task After_a_clean_shutdown_the_synced_mark_covers_its_record()
    {
        for (var records = 1; records < 30; records++)
        {
            var (files, log) = await LogFixture.WriteAsync(records, i => i * 97 % 3000);
            await log.DisposeAsync();
            Assert.Equal(records + 1, MarkedLsn(files.Crash()));
        }
    }

    [Fact]
    public async Task A_kill_finds_the_mark_of_all_that_was_acknowledged_and_a_loss_of_power_all_but_the_last_group()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        for (var i = 1; i <= 40; i++)
        {
            await LogFixture.AppendDurablyAsync(log, LogFixture.Record(i, i * 97 % 3000));
            Assert.Equal(i, MarkedLsn(files.Kill()));
            Assert.InRange(MarkedLsn(files.Crash()), i - 1, i);
        }

        await log.DisposeAsync();
    }

    /// <summary>With an interval, a mark comes when no commit has followed for so long.</summary>
    [Fact]
    public async Task An_idle_log_marks_what_is_durable()
    {
        var files = new MemoryFiles();
        var options = LogFixture.Small with { MarkInterval = TimeSpan.FromMilliseconds(2), Time = new FakeTimeProvider() };
        var (log, _) = LogFixture.Open(files, options);
        for (var i = 1; i <= 3; i++)
        {
            // The clock stands still, so no commit finds the interval over.
            await LogFixture.AppendDurablyAsync(log, LogFixture.Record(i, 100));
            while (MarkedLsn(files.Kill()) != i)
            {
                await Task.Yield();
            }
        }

        log.Append(LogFixture.Record(4, 100));
        await log.DisposeAsync();
        Assert.Equal(5, MarkedLsn(files.Crash()));
    }

    [Fact]
    public async Task An_opening_marks_what_it_has_made_durable()
    {
        var (files, log) = await LogFixture.WriteAsync(3, _ => 100);
        var crashed = files.Crash();
        await log.DisposeAsync();
        Assert.Equal(2, MarkedLsn(crashed));
        var (reopened, _) = LogFixture.Open(crashed);
        Assert.Equal(3, MarkedLsn(crashed));
        await reopened.DisposeAsync();
    }

    [Fact]
    public async Task Damaged_marks_alone_are_harmless()
    {
        var (files, log) = await LogFixture.WriteAsync(30, _ => 1000);
        await log.DisposeAsync();
        foreach (var name in LogFixture.Segments(files))
        {
            for (var place = 0; place <= SegmentMark.SuccessorPlace; place++)
            {
                for (var bit = 0; bit < SegmentMark.SizeBytes * 8; bit += 5)
                {
                    var at = SegmentMark.Offset(place) + (bit / 8);
                    var flipped = (byte)(files[name].Bytes[at] ^ (1 << (bit % 8)));
                    await RequireAllAsync(LogFixture.Changed(files, name, file => file.Write(at, [flipped])), 30);
                }
            }

            await RequireAllAsync(LogFixture.Changed(files, name, file => file.Write(512, new byte[1536])), 30);
            await RequireAllAsync(LogFixture.Changed(files, name, file => file.Write(512, [.. Enumerable.Repeat((byte)0xA5, 3584)])), 30);
        }
    }

    /// <summary>The file beside the log is as old as the last mark; a segment put back from an older copy is not.</summary>
    [Fact]
    public async Task A_segment_replaced_by_its_older_copy_is_refused()
    {
        var (files, log) = await LogFixture.WriteAsync(3, _ => 100);
        var older = files[First].Bytes;
        await LogFixture.AppendDurablyAsync(log, LogFixture.Record(4, 100));
        await LogFixture.AppendDurablyAsync(log, LogFixture.Record(5, 100));
        var killed = files.Kill();
        await log.DisposeAsync();
        foreach (var (left, durable) in ((MemoryFiles, int)[])[(killed, 5), (files.Crash(), 6)])
        {
            LogFixture.RequireRefusal(
                LogFixture.Changed(left, First, file => file.Write(0, older)),
                "record 4 should be ", $"of {DurableWitness.FileName} says so of all up to {durable}");
        }
    }

    [Fact]
    public async Task Without_the_file_beside_it_or_with_any_other_the_log_opens()
    {
        var (files, log) = await LogFixture.WriteAsync(20, _ => 1000);
        await log.DisposeAsync();
        var damaged = files.Copy();
        damaged.Delete(DurableWitness.FileName);
        await RequireAllAsync(damaged, 20);
        var bytes = files[DurableWitness.FileName].Bytes;
        for (var at = 0; at < bytes.Length; at += at % 512 < 24 ? 1 : 61)
        {
            await RequireAllAsync(LogFixture.Changed(files, DurableWitness.FileName, file => file.Write(at, [(byte)(bytes[at] ^ 1)])), 20);
            await RequireAllAsync(LogFixture.Changed(files, DurableWitness.FileName, file => file.SetLength(at)), 20);
        }

        var (other, otherLog) = await LogFixture.WriteAsync(40, _ => 10, LogFixture.Small with { InstanceId = Guid.Empty });
        await otherLog.DisposeAsync();
        var otherBytes = other[DurableWitness.FileName].Bytes;
        await RequireAllAsync(LogFixture.Changed(files, DurableWitness.FileName, file => file.Write(0, otherBytes)), 20);
    }

    /// <summary>A mark of another place, segment or log, or one of random bytes, says nothing, however high its LSN.</summary>
    [Fact]
    public async Task A_mark_of_another_place_is_none()
    {
        var (files, log) = await LogFixture.WriteAsync(3, _ => 100);
        await log.DisposeAsync();
        foreach (var (geometry, segment, place) in ((LogGeometry, int, int)[])
            [(Geometry, 0, 1), (Geometry, 1, 0), (SegmentHeader.Geometry(12, 14, Guid.Empty), 0, 0), (Geometry, 0, 2)])
        {
            var mark = new byte[SegmentMark.SizeBytes];
            SegmentMark.Write(mark, geometry, segment, place, 1000);
            await RequireAllAsync(LogFixture.Changed(files, First, file => file.Write(SegmentMark.Offset(0), mark)), 3);
        }

        var right = new byte[SegmentMark.SizeBytes];
        SegmentMark.Write(right, Geometry, 0, 0, 1000);
        LogFixture.RequireRefusal(
            LogFixture.Changed(files, First, file => file.Write(SegmentMark.Offset(0), right)),
            "record 5 should be ", "of 00000000.log", "the mark at offset 512 of 00000000.log says so of all up to 1000");
    }

    /// <summary>The clean shutdown's own record has no later one; its mark is the witness.</summary>
    [Fact]
    public async Task Nothing_of_a_closed_log_can_be_damaged_unnoticed()
    {
        var (files, log) = await LogFixture.WriteAsync(6, _ => 24);
        await log.DisposeAsync();
        var bytes = files[First].Bytes;
        var end = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        for (var at = 4096 + 64; at < end; at++)
        {
            LogFixture.RequireRefusal(LogFixture.Changed(files, First, file => file.Write(at, [(byte)(bytes[at] ^ 4)])), First);
        }
    }

    [Fact]
    public async Task A_failure_to_write_a_mark_ends_writing_before_anyone_is_told()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        await LogFixture.AppendDurablyAsync(log, LogFixture.Record(1, 100));
        var synced = false;
        files.Before = (operation, _) =>
        {
            if (synced && operation == FileOperation.Write)
            {
                throw new IOException("The device failed.");
            }

            synced |= operation == FileOperation.Sync;
        };
        await Assert.ThrowsAsync<LogPoisonedException>(() => LogFixture.AppendDurablyAsync(log, LogFixture.Record(2, 100)));
        Assert.Equal(1, log.DurableLsn);
        files.Before = null;
        await log.DisposeAsync();
    }

    private static long MarkedLsn(MemoryFiles files)
    {
        var highest = 0L;
        foreach (var name in LogFixture.Segments(files))
        {
            var block = files[name].Bytes.AsSpan(0, SegmentHeader.BlockBytes);
            for (var place = 0; place < SegmentMark.DurablePlaces; place++)
            {
                highest = Math.Max(highest, SegmentMark.Read(block, Geometry, int.Parse(name[..8]), place) ?? 0);
            }
        }

        return highest;
    }

    private static async Task RequireAllAsync(MemoryFiles files, int records)
    {
        var (log, replayed) = LogFixture.Open(files);
        Assert.Equal(Enumerable.Range(1, records).Select(n => (long)n), replayed.Numbers);
        await log.DisposeAsync();
    }
}
