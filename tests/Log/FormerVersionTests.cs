using System.Buffers.Binary;
using System.IO.Hashing;
using Storage.Engine.Log;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Log;

/// <summary>Segments of version 1, which had no marks, are read, followed by segments of version 2, and marked.</summary>
public sealed class FormerVersionTests
{
    private const string First = "00000000.log";

    /// <summary>The bytes that docs/FILE_FORMATS.md showed for version 1.</summary>
    [Fact]
    public async Task The_header_of_version_1_is_what_it_was()
    {
        var files = await FormerAsync(3, _ => 100);
        Assert.Equal(
            Convert.FromHexString("53544f524c4f4701000000000c0000000e0000000000000000112233445566778899aabbccddeeffb609441ec6110c58"),
            files[First].Bytes[..48]);
    }

    [Fact]
    public async Task A_log_of_version_1_goes_on_in_version_2()
    {
        for (var records = 1; records < 40; records += 3)
        {
            var files = await FormerAsync(records, i => i * 131 % 2500);
            var former = LogFixture.Segments(files).Length;
            var numbers = Enumerable.Range(1, records).Select(n => (long)n).ToList();
            for (var opening = 0; opening < 4; opening++)
            {
                var (log, replayed) = LogFixture.Open(files);
                Assert.Equal(numbers, replayed.Numbers);
                for (var i = 0; i < 12; i++)
                {
                    numbers.Add(numbers.Count + 1);
                    await LogFixture.AppendDurablyAsync(log, LogFixture.Record(numbers.Count, 1200));
                }

                var left = opening % 2 == 0 ? files.Kill() : null;
                await log.DisposeAsync();
                files = left ?? files;
            }

            var versions = LogFixture.Segments(files).Select(name => files[name].Bytes[7]).ToArray();
            Assert.Equal(Enumerable.Repeat((byte)1, former).Concat(Enumerable.Repeat((byte)2, versions.Length - former)), versions);
            foreach (var name in LogFixture.Segments(files))
            {
                var damaged = files.Copy();
                damaged.Delete(name);
                LogFixture.RequireRefusal(damaged, name + " is missing.");
            }
        }
    }

    [Fact]
    public async Task A_segment_of_version_1_that_was_written_on_has_marks()
    {
        var files = await FormerAsync(3, _ => 100);
        var (log, _) = LogFixture.Open(files);
        await LogFixture.AppendDurablyAsync(log, LogFixture.Record(4, 100));
        var killed = files.Kill();
        await log.DisposeAsync();
        var end = killed[First].Bytes.AsSpan().LastIndexOfAnyExcept((byte)0);
        LogFixture.RequireRefusal(LogFixture.Changed(killed, First, file => file.Write(end, [0x55])), "record 5 ", "the mark at offset 512");
    }

    /// <summary>Builds of version 1 gave a segment its name before its header; a crash between left a file of zeros.</summary>
    [Fact]
    public async Task A_creation_that_version_1_left_half_done_is_no_damage()
    {
        var files = await FormerAsync(40, _ => 1000);
        var last = LogFixture.Segments(files).Length - 1;
        foreach (var bytes in (int[])[0, 512, 4096, 20_480])
        {
            var copy = files.Copy();
            copy.Open(SegmentFiles.NameOf(last + 1), create: true).Write(0, new byte[bytes]);
            var (log, replayed) = LogFixture.Open(copy);
            Assert.Equal(40, replayed.Numbers.Count());
            await LogFixture.AppendDurablyAsync(log, LogFixture.Record(41, 20_000));
            await log.DisposeAsync();
            var (reopened, again) = LogFixture.Open(copy);
            Assert.Equal(41, again.Numbers.Count());
            await reopened.DisposeAsync();
            LogFixture.RequireRefusal(
                LogFixture.Changed(copy, SegmentFiles.NameOf(last + 1), file => file.SetLength(0)), SegmentFiles.NameOf(last + 1));
        }
    }

    [Fact]
    public async Task A_position_in_a_segment_of_version_1_opens()
    {
        var files = await FormerAsync(20, _ => 1000);
        var (log, _) = LogFixture.Open(files);
        var positions = new List<LogPosition> { log.Position };
        for (var i = 21; i <= 60; i++)
        {
            await LogFixture.AppendDurablyAsync(log, LogFixture.Record(i, 700));
            positions.Add(log.Position);
        }

        await log.DisposeAsync();
        foreach (var position in positions)
        {
            var copy = files.Copy();
            var (reopened, replayed) = LogFixture.Open(copy, from: position);
            Assert.Equal(positions[^1].Lsn + 1, reopened.LastLsn);
            Assert.Equal(positions[^1].Lsn + 1 - position.Lsn, replayed.Records.Count);
            await reopened.DisposeAsync();
        }
    }

    /// <summary>A closed log as a build of version 1 would have left it: other headers, no marks, the same records.</summary>
    private static async Task<MemoryFiles> FormerAsync(int records, Func<int, int> bodyBytes)
    {
        var (files, log) = await LogFixture.WriteAsync(records, bodyBytes);
        await log.DisposeAsync();
        foreach (var name in LogFixture.Segments(files))
        {
            var block = files[name].Bytes.AsSpan(0, SegmentHeader.BlockBytes).ToArray();
            block.AsSpan(48).Clear();
            block[7] = 1;
            BinaryPrimitives.WriteUInt64LittleEndian(block.AsSpan(40), XxHash3.HashToUInt64(block.AsSpan(0, 40)));
            files[name].Write(0, block);
        }

        return files.Copy();
    }
}
