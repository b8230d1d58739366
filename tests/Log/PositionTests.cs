using Storage.Engine.Log;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Log;

/// <summary>A log is read on from any position as if what is before it were still there.</summary>
public sealed class PositionTests
{
    /// <summary>Records of all sizes: positions at the ends of pages and segments and behind fragments are among them.</summary>
    [Fact]
    public async Task From_every_position_come_the_records_behind_it_and_the_log_goes_on()
    {
        var files = new MemoryFiles();
        var (positions, end) = await WriteAsync(files, 60);
        Assert.Contains(positions, position => (position.Address & 4095) == 0);
        Assert.Contains(positions, position => (position.Address & 16383) == 0);
        foreach (var position in positions)
        {
            var copy = files.Copy();
            var (log, replayed) = LogFixture.Open(copy, from: position);
            Assert.Equal(end - (int)position.Lsn, replayed.Records.Count);
            Assert.Equal(Enumerable.Range((int)position.Lsn + 1, end - (int)position.Lsn).Select(lsn => (long)lsn), replayed.Records.Select(record => record.Lsn));
            Assert.Equal(end, log.LastLsn);
            Assert.Equal(end, log.DurableLsn);
            await LogFixture.AppendDurablyAsync(log, LogFixture.Record(1000, 5000));
            Assert.Equal(end + 1, log.Position.Lsn);
            await log.DisposeAsync();
            var (again, more) = LogFixture.Open(copy, from: position);
            Assert.Equal(1000, more.Numbers.Last());
            await again.DisposeAsync();
        }
    }

    /// <summary>Without records behind it, the position itself says where the log goes on.</summary>
    [Fact]
    public async Task A_position_at_the_end_of_the_log_goes_on_there()
    {
        for (var count = 0; count < 40; count++)
        {
            var files = new MemoryFiles();
            var (log, _) = LogFixture.Open(files);
            for (var i = 0; i < count; i++)
            {
                await LogFixture.AppendDurablyAsync(log, LogFixture.Record(i + 1, Size(log, i)));
            }

            var position = log.Position;
            var crashed = files.Crash();
            await log.DisposeAsync();
            var (reopened, none) = LogFixture.Open(crashed, from: position);
            Assert.Empty(none.Records);
            Assert.Equal(position, reopened.Position);
            Assert.Equal(0, reopened.BytesSince(position));
            await LogFixture.AppendDurablyAsync(reopened, LogFixture.Record(count + 1, 300));
            await reopened.DisposeAsync();
            var (all, replayed) = LogFixture.Open(crashed, from: position);
            Assert.Equal([count + 1], replayed.Numbers);
            Assert.Equal(count + 1, replayed.Records[0].Lsn);
            await all.DisposeAsync();
        }
    }

    [Fact]
    public async Task The_position_is_the_one_a_scan_finds()
    {
        var files = new MemoryFiles();
        var (positions, _) = await WriteAsync(files, 17);
        var (log, _) = LogFixture.Open(files.Copy(), from: positions[^1]);
        Assert.Equal(LogFixture.InstanceId, log.Identity);
        var end = log.Position;
        await log.DisposeAsync();
        var (again, _) = LogFixture.Open(files);
        Assert.Equal(end, again.Position);
        Assert.Equal(end.Address - positions[1].Address, again.BytesSince(positions[1]));
        await again.DisposeAsync();
    }

    /// <summary>A log file put back from an older copy has neither the record before the position nor its mark.</summary>
    [Fact]
    public async Task A_log_older_than_its_position_is_refused()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        for (var i = 1; i <= 30; i++)
        {
            var older = files.Crash();
            await LogFixture.AppendDurablyAsync(log, LogFixture.Record(i, (i * 997) % 6000));
            var position = log.Position;
            var marked = files.Kill();
            var unmarked = files.Crash();
            LogFixture.RequireRefusal(older, position, SegmentFiles.NameOf((int)((position.Address - 1) >> 14)));
            foreach (var right in (MemoryFiles[])[marked, unmarked])
            {
                var (opened, replayed) = LogFixture.Open(right, from: position);
                Assert.Empty(replayed.Records);
                await opened.DisposeAsync();
            }
        }

        await log.DisposeAsync();
    }

    [Fact]
    public async Task Records_between_two_positions_are_read_while_the_log_goes_on()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        var positions = new List<LogPosition> { log.Position };
        for (var i = 0; i < 60; i++)
        {
            await LogFixture.AppendDurablyAsync(log, LogFixture.Record(i + 1, Size(log, i)));
            positions.Add(log.Position);
            var from = positions[i / 2];
            var read = new Replayed();
            log.Append(LogFixture.Record(0, 10));
            log.Read(from, positions[^1], read);
            Assert.Equal(positions[^1].Lsn - from.Lsn, read.Records.Count);
            await log.WaitUntilDurableAsync(log.LastLsn, default);
        }

        var none = new Replayed();
        log.Read(positions[7], positions[7], none);
        Assert.Empty(none.Records);
        await log.DisposeAsync();
    }

    [Fact]
    public async Task Reading_damaged_records_is_refused_by_file_and_offset()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        var start = log.Position;
        for (var i = 1; i <= 30; i++)
        {
            await LogFixture.AppendDurablyAsync(log, LogFixture.Record(i, 1000));
        }

        var until = log.Position;
        var offset = 4096 + 5000;
        files["00000000.log"].Write(offset, [(byte)(files["00000000.log"].Bytes[offset] ^ 1)]);
        var refusal = Assert.Throws<InvalidDataException>(() => log.Read(start, until, new Replayed()));
        Assert.Contains("of 00000000.log, but its payload does not match", refusal.Message, StringComparison.Ordinal);
        var other = Assert.Throws<InvalidDataException>(() => log.Read(start, start with { Lsn = 2 }, new Replayed()));
        Assert.Contains("record 2 is another one", other.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Read(start, until with { Lsn = 31 }, new Replayed()));
        await log.DisposeAsync();
    }

    /// <summary>Body of a record that ends a page exactly where one can, else of any size: small, whole entries, in fragments.</summary>
    private static int Size(DiskLog log, int i)
    {
        var rest = 4096 - (int)(log.Position.Address & 4095) - 4 - 64 - 16;
        return rest is >= 0 and <= 1020 - 64 - 16
            ? rest
            : (i % 4) switch { 0 => 10 * i, 1 => 1020 - 64 - 16, 2 => (i * 977) % 12_000, _ => 0 };
    }

    private static async Task<(List<LogPosition> Positions, int End)> WriteAsync(MemoryFiles files, int records)
    {
        var (log, _) = LogFixture.Open(files);
        var positions = new List<LogPosition> { log.Position };
        for (var i = 0; i < records; i++)
        {
            await LogFixture.AppendDurablyAsync(log, LogFixture.Record(i + 1, Size(log, i)));
            positions.Add(log.Position);
        }

        await log.DisposeAsync();
        return (positions, records + 1);
    }
}
