using Storage.Engine.Log;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Log;

/// <summary>
/// A full disk shows when zeros are written ahead, before a record is acknowledged; reopened with room, the log has all
/// that was, and without room it still opens.
/// </summary>
public sealed class FullDiskTests
{
    [Fact]
    public async Task A_disk_that_fills_at_any_byte_loses_nothing_acknowledged()
    {
        // Steps of 1 MB within segments of 4 MB; from the middle of the first step to behind the first segment.
        var options = LogFixture.Small with { SegmentSizeBits = 22, PageSizeBits = 16, UndurableBytesMax = 128 * 1024 };
        for (var room = 600_000; room < 6_000_000; room += 277_777)
        {
            var files = new MemoryFiles { BytesMax = room };
            var acknowledged = 0;
            DiskLog log;
            try
            {
                (log, _) = LogFixture.Open(files, options);
            }
            catch (IOException)
            {
                Assert.True(room < (1 << 20) + 4096);
                continue;
            }

            await Assert.ThrowsAsync<LogPoisonedException>(async () =>
            {
                while (acknowledged < 200)
                {
                    await LogFixture.AppendDurablyAsync(log, LogFixture.Record(acknowledged + 1, 40_000));
                    acknowledged++;
                }
            });
            Assert.Contains("No space left", log.Poison!.Message, StringComparison.Ordinal);
            await log.DisposeAsync();

            // Still full: everything can be read, and it opens again and again.
            for (var opening = 0; opening < 2; opening++)
            {
                var (full, replayed) = LogFixture.Open(files, options);
                Assert.InRange(replayed.Numbers.Count(), acknowledged, acknowledged + 1);
                await full.DisposeAsync();
            }

            files = files.Crash();
            var (reopened, all) = LogFixture.Open(files, options);
            Assert.InRange(all.Numbers.Count(), acknowledged, acknowledged + 1);
            for (var i = 0; i < 50; i++)
            {
                await LogFixture.AppendDurablyAsync(reopened, LogFixture.Record(1000 + i, 40_000));
            }

            await reopened.DisposeAsync();
        }
    }
}
