using CsCheck;
using Storage.Engine.Log;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Log;

/// <summary>A tail that nobody was promised is cut, at whatever byte it tore, and never comes back.</summary>
public sealed class TornTailTests
{
    private const string Segment = "00000000.log";

    [Theory]
    [InlineData(0)]
    [InlineData(0xA5)]
    public async Task A_tail_torn_at_any_byte_of_the_last_record_is_cut(byte rest)
    {
        var (before, after) = await LastRecordAsync(bodyBytes: 100);
        var (start, end) = Difference(before, after);
        for (var torn = start; torn < end; torn++)
        {
            var files = after.Copy();
            var bytes = files[Segment].Bytes;
            bytes.AsSpan(torn, end - torn).Fill(rest);
            files[Segment].Write(0, bytes);
            await RequireAsync(files, 3);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0xFF)]
    public async Task A_record_in_fragments_is_there_whole_or_not_at_all(byte rest)
    {
        var (before, after) = await LastRecordAsync(bodyBytes: 9000);
        var (start, end) = Difference(before, after);
        for (var torn = start; torn < end; torn += 61)
        {
            var files = after.Copy();
            var bytes = files[Segment].Bytes;
            bytes.AsSpan(torn, end - torn).Fill(rest);
            files[Segment].Write(0, bytes);
            await RequireAsync(files, 3);
        }
    }

    /// <summary>
    /// Sectors that were not synced survive a loss of power in any combination. Whatever they are: all that was synced
    /// is there, the log opens, and goes on, again and again.
    /// </summary>
    [Fact]
    public void Any_subset_of_unsynced_sectors_leaves_a_log_that_opens()
    {
        Gen.Select(Gen.Int, Gen.Int[1, 30], Gen.OneOf(Gen.Int[1, 600], Gen.Int[1, 6000]).Array[1, 12]).Array[1, 6].Sample(
            rounds => RunAsync(rounds).GetAwaiter().GetResult(), iter: 60, threads: 1);

        static async Task RunAsync((int Seed, int Synced, int[] Sizes)[] rounds)
        {
            var files = new MemoryFiles();
            var durable = new List<long>();
            foreach (var (seed, synced, sizes) in rounds)
            {
                var (log, replayed) = LogFixture.Open(files);
                var numbers = replayed.Numbers.ToList();
                Assert.Equal(durable, numbers.Take(durable.Count));
                durable = numbers;
                var syncs = files.Count(FileOperation.Sync) + synced;
                files.Before = (operation, _) =>
                {
                    if (operation == FileOperation.Sync && files.Count(FileOperation.Sync) > syncs)
                    {
                        throw new IOException("The power is gone.");
                    }
                };
                try
                {
                    foreach (var size in sizes)
                    {
                        var number = log.LastLsn + 1;
                        await log.WaitForRoomAsync(default);
                        log.Append(LogFixture.Record(number, size));
                        if (size % 3 > 0)
                        {
                            await log.WaitUntilDurableAsync(log.LastLsn, default);
                            durable.AddRange(Enumerable.Range((int)(durable.LastOrDefault() + 1), (int)(number - durable.LastOrDefault())).Select(n => (long)n));
                        }
                    }
                }
                catch (LogPoisonedException)
                {
                }

                var left = files.Crash(new Random(seed));
                await log.DisposeAsync();
                files = left;
            }
        }
    }

    private static async Task<(MemoryFiles Before, MemoryFiles After)> LastRecordAsync(int bodyBytes)
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        for (var i = 1; i <= 3; i++)
        {
            await LogFixture.AppendDurablyAsync(log, LogFixture.Record(i, 40 * i));
        }

        var before = files.Copy();
        await LogFixture.AppendDurablyAsync(log, LogFixture.Record(4, bodyBytes));

        // Power goes before the mark of the last record is synced; one that is told durable by a mark is not cut.
        var after = files.Crash();
        await log.DisposeAsync();
        return (before, after);
    }

    private static (int Start, int End) Difference(MemoryFiles before, MemoryFiles after)
    {
        var (old, now) = (before[Segment].Bytes, after[Segment].Bytes);
        var start = SegmentHeader.BlockBytes + old.AsSpan(SegmentHeader.BlockBytes).CommonPrefixLength(now.AsSpan(SegmentHeader.BlockBytes));
        return (start, now.AsSpan().LastIndexOfAnyExcept((byte)0) + 1);
    }

    /// <summary>The log opens with these records, takes more, and has them after another opening.</summary>
    private static async Task RequireAsync(MemoryFiles files, int records)
    {
        var (log, replayed) = LogFixture.Open(files);
        Assert.Equal(records, replayed.Records.Count);
        Assert.Equal(records, log.DurableLsn);
        await LogFixture.AppendDurablyAsync(log, LogFixture.Record(50, 8));
        await LogFixture.AppendDurablyAsync(log, LogFixture.Record(51, 8));
        var left = files.Crash();
        await log.DisposeAsync();

        var (reopened, again) = LogFixture.Open(left);
        Assert.Equal([.. Enumerable.Range(1, records).Select(n => (long)n), 50, 51], again.Numbers);
        await reopened.DisposeAsync();
    }
}
