using Storage.Engine.Log;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Log;

/// <summary>Segments that a position no longer needs go; those it needs must be there.</summary>
public sealed class TrimTests
{
    [Fact]
    public async Task Segments_below_the_byte_before_the_position_go_and_the_log_opens_there()
    {
        var (files, positions) = await WriteAsync(80);
        foreach (var position in positions)
        {
            var copy = files.Copy();
            var (log, _) = LogFixture.Open(copy);
            log.Trim(position);
            log.Trim(position);
            var first = (position.Address - 1) >> 14;
            Assert.Equal(files.List().Skip((int)first), copy.List());
            await LogFixture.AppendDurablyAsync(log, LogFixture.Record(900, 20_000));
            await log.DisposeAsync();
            var (reopened, replayed) = LogFixture.Open(copy.Crash(), from: position);
            Assert.Equal(position.Lsn + 1, replayed.Records[0].Lsn);
            Assert.Equal(900, replayed.Numbers.Last());
            await reopened.DisposeAsync();
        }
    }

    /// <summary>A crash between the checkpoint and its trimming leaves them, whole, damaged or only some.</summary>
    [Fact]
    public async Task Opening_removes_what_a_trimming_left_whatever_it_is()
    {
        var (files, positions) = await WriteAsync(80);
        var position = positions[60];
        files.Delete("00000001.log");
        files["00000000.log"].SetLength(7);
        files["00000002.log"].Write(20, [1]);
        var (log, replayed) = LogFixture.Open(files, from: position);
        Assert.Equal(61, replayed.Records[0].Lsn);
        Assert.Equal((position.Address - 1) >> 14, long.Parse(files.List()[0][..8]));
        Assert.Equal(files.List(), files.Crash().List());
        await log.DisposeAsync();
    }

    [Fact]
    public async Task A_segment_that_the_position_needs_is_missed_by_name_and_nothing_is_changed()
    {
        var (files, positions) = await WriteAsync(80);
        var position = positions[40];
        var segments = files.List().Where(name => name.EndsWith(".log", StringComparison.Ordinal));
        foreach (var name in segments.Where(name => long.Parse(name[..8]) >= (position.Address - 1) >> 14).SkipLast(1))
        {
            var damaged = files.Copy();
            damaged.Delete(name);
            Refused(damaged, position, name + " is missing");
        }

        Refused(new MemoryFiles(), position, "There is no segment of the log");
        Refused(files, null, "00000000.log is missing", drop: "00000000.log");
    }

    [Fact]
    public async Task A_segment_of_another_log_is_refused_even_below_the_position()
    {
        var (files, positions) = await WriteAsync(80);
        var other = new MemoryFiles();
        var (log, _) = LogFixture.Open(other, LogFixture.Small with { InstanceId = Guid.Empty });
        await log.DisposeAsync();
        files["00000000.log"].Write(0, other["00000000.log"].Bytes.AsSpan(0, 48));
        Refused(files, positions[60], "is of log");
    }

    [Fact]
    public async Task Trimming_beside_writers_loses_nothing()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        var number = 0;
        var writers = Enumerable.Range(0, 3).Select(writer => Task.Run(async () =>
        {
            var chance = new Random(writer);
            for (var i = 0; i < 150; i++)
            {
                await log.WaitForRoomAsync(default);
                await LogFixture.AppendDurablyAsync(log, LogFixture.Record(Interlocked.Increment(ref number), chance.Next(3000)));
            }
        })).ToArray();
        var chance = new Random(1);
        while (!writers.All(writer => writer.IsCompleted))
        {
            var position = log.Position;
            await log.WaitUntilDurableAsync(position.Lsn, default);
            log.Trim(position);
            var left = files.Crash(chance.Next(2) == 0 ? chance : null);
            var (survivor, replayed) = LogFixture.Open(left, from: position);
            Assert.True(replayed.Records.Count == 0 || replayed.Records[0].Lsn == position.Lsn + 1);
            Assert.True(survivor.LastLsn >= position.Lsn);
            await survivor.DisposeAsync();
            await Task.Yield();
        }

        await Task.WhenAll(writers);
        log.Trim(log.Position); // how far the loop came is the scheduler's choice
        await log.DisposeAsync();
        Assert.NotEqual("00000000.log", files.List()[0]);
    }

    private static void Refused(MemoryFiles files, LogPosition? from, string words, string? drop = null)
    {
        var damaged = files.Copy();
        if (drop is not null)
        {
            damaged.Delete(drop);
        }

        var names = damaged.List();
        var refusal = Assert.Throws<InvalidDataException>(() => LogFixture.Open(damaged, from: from));
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(names, damaged.List());
        Assert.Equal(0, damaged.Count(FileOperation.Write));
    }

    private static async Task<(MemoryFiles Files, List<LogPosition> Positions)> WriteAsync(int records)
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        var positions = new List<LogPosition> { log.Position };
        for (var i = 1; i <= records; i++)
        {
            await LogFixture.AppendDurablyAsync(log, LogFixture.Record(i, (i * 311) % 2000));
            positions.Add(log.Position);
        }

        await log.DisposeAsync();
        return (files, positions);
    }
}
