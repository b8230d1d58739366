using Storage.Engine.Log;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Log;

/// <summary>Files that are cut, emptied or gone: refused, or nothing was lost.</summary>
public sealed class LostBytesTests
{
    public enum Stop
    {
        Closed,
        Killed,
        PowerLost,
    }

    public static TheoryData<Stop> Stops => [.. Enum.GetValues<Stop>()];

    /// <summary>A cut of zeros that nothing was written over loses nothing. A loss of power may cost the last group's mark.</summary>
    [Theory]
    [MemberData(nameof(Stops))]
    public async Task A_file_cut_at_any_sector_is_refused_or_has_lost_nothing(Stop stop)
    {
        var options = LogFixture.Small with { SegmentSizeBits = 22 };
        var (files, records) = await StoppedAsync(stop, 900, _ => 1200, options);
        var bytes = files["00000000.log"].LengthBytes;
        var end = files["00000000.log"].Bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        Assert.True(end > 1024 * 1024 + 8192);
        var cuts = Enumerable.Range(0, 30).Select(i => i * 512L)
            .Concat(Enumerable.Range(0, (int)(bytes >> 17)).Select(i => (i << 17) + 512L))
            .Concat(Enumerable.Range(-20, 40).Select(i => ((end >> 9) + i) * 512L))
            .Concat(Enumerable.Range(1024 * 1024 / 512, 20).Select(i => i * 512L));
        foreach (var cut in cuts.Where(cut => cut < bytes))
        {
            await RequireAsync(LogFixture.Changed(files, "00000000.log", file => file.SetLength(cut)), stop, records, cut >= end, options);
        }
    }

    [Theory]
    [MemberData(nameof(Stops))]
    public async Task Zeros_from_any_sector_to_the_end_of_a_file_are_refused_or_have_lost_nothing(Stop stop)
    {
        var (files, records) = await StoppedAsync(stop, 40, i => i * 97 % 1500);
        foreach (var name in LogFixture.Segments(files))
        {
            var file = files[name].Bytes;
            var end = file.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
            for (var sector = 0; sector < file.Length; sector += 512)
            {
                var from = sector;
                var damaged = LogFixture.Changed(files, name, changed => changed.Write(from, new byte[file.Length - from]));
                await RequireAsync(damaged, stop, records, from >= end);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Stops))]
    public async Task A_page_of_zeros_anywhere_is_refused_or_has_lost_nothing(Stop stop)
    {
        var (files, records) = await StoppedAsync(stop, 40, i => i * 97 % 1500);
        foreach (var name in LogFixture.Segments(files))
        {
            for (var page = 0; page < files[name].LengthBytes; page += 4096)
            {
                var from = page;
                var damaged = LogFixture.Changed(files, name, changed => changed.Write(from, new byte[4096]));
                await RequireAsync(damaged, stop, records, files[name].Bytes.AsSpan(from, 4096).IndexOfAnyExcept((byte)0) < 0);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Stops))]
    public async Task A_missing_segment_is_refused_by_name(Stop stop)
    {
        var (files, _) = await StoppedAsync(stop, 60, _ => 1000);
        Assert.True(LogFixture.Segments(files).Length > 3);
        foreach (var name in LogFixture.Segments(files))
        {
            var damaged = files.Copy();
            damaged.Delete(name);
            LogFixture.RequireRefusal(damaged, name + " is missing.");
        }
    }

    [Theory]
    [MemberData(nameof(Stops))]
    public async Task An_emptied_segment_is_refused_by_name(Stop stop)
    {
        foreach (var count in (int[])[0, 1, 60])
        {
            var (files, _) = await StoppedAsync(stop, count, _ => 1000);
            foreach (var name in LogFixture.Segments(files))
            {
                LogFixture.RequireRefusal(LogFixture.Changed(files, name, file => file.SetLength(0)), name);
                LogFixture.RequireRefusal(LogFixture.Changed(files, name, file => file.Write(0, new byte[file.LengthBytes])), name);
            }
        }
    }

    /// <summary>The last segment has no successor and only what the mark before it says.</summary>
    [Fact]
    public async Task The_position_misses_its_segment_although_no_mark_does()
    {
        var (files, log) = await LogFixture.WriteAsync(1, _ => 1000);
        var position = log.Position;
        await log.DisposeAsync();
        files.Delete("00000000.log");
        LogFixture.RequireRefusal(files, position, "00000000.log");
    }

    private static async Task<(MemoryFiles Files, int Records)> StoppedAsync(
        Stop stop, int records, Func<int, int> bodyBytes, LogOptions? options = null)
    {
        var (files, log) = await LogFixture.WriteAsync(records, bodyBytes, options);
        var left = stop == Stop.PowerLost ? files.Crash() : files.Kill();
        await log.DisposeAsync();
        return (stop == Stop.Closed ? files : left, records);
    }

    private static async Task RequireAsync(MemoryFiles damaged, Stop stop, int records, bool harmless, LogOptions? options = null)
    {
        DiskLog log;
        Replayed replayed;
        var writes = damaged.Count(FileOperation.Write);
        try
        {
            (log, replayed) = LogFixture.Open(damaged, options);
        }
        catch (InvalidDataException)
        {
            Assert.Equal(writes, damaged.Count(FileOperation.Write));
            return;
        }

        var least = stop == Stop.PowerLost && !harmless ? records - 1 : records;
        Assert.InRange(replayed.Numbers.Count(), least, records);
        await log.DisposeAsync();
    }
}
