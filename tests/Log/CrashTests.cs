using Storage.Engine.Log;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Log;

/// <summary>
/// The power goes at each access to the files in turn, around creations of segments and trimming, and again while the
/// log is opened: it opens, all that was acknowledged is there, and it goes on.
/// </summary>
public sealed class CrashTests
{
    private const int Records = 14;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_loss_of_power_at_any_access_loses_nothing_acknowledged(int seed)
    {
        for (var access = 0; ; access++)
        {
            var run = new Run(seed, access);
            if (!await run.RunAsync())
            {
                Assert.True(access > 60);
                return;
            }

            await run.RequireAsync();
        }
    }

    /// <summary>One log under writers until the power goes at an access.</summary>
    private sealed class Run(int seed, int access)
    {
        private readonly Random chance = new((seed * 1000) + access);
        private MemoryFiles files = new();
        private LogPosition? position;
        private int acknowledged;

        /// <summary>False when the work was done before that access came.</summary>
        internal async Task<bool> RunAsync()
        {
            var lost = PowerGoesAt(files, access);
            DiskLog? log = null;
            try
            {
                (log, _) = LogFixture.Open(files);
                for (var i = 1; i <= Records; i++)
                {
                    await log.WaitForRoomAsync(default);
                    log.Append(LogFixture.Record(i, Size(i)));
                    if (i % 3 != 0)
                    {
                        await log.WaitUntilDurableAsync(log.LastLsn, default);
                        acknowledged = i;
                    }

                    if (i % 5 == 0)
                    {
                        // As a checkpoint does it: its manifest, which would hold the position, is swapped here.
                        var captured = log.Position;
                        await log.WaitUntilDurableAsync(captured.Lsn, default);
                        acknowledged = i;
                        position = captured;
                        log.Trim(captured);
                    }
                }
            }
            catch (Exception failure) when (failure is LogPoisonedException or IOException)
            {
            }

            // Taken before the log is closed: a closing would go on where the power went.
            var left = files.Crash(chance);
            var gone = lost();
            if (log is not null)
            {
                await log.DisposeAsync();
            }

            files = left;
            return gone;
        }

        internal async Task RequireAsync()
        {
            // The power goes again at each access of the opening, until one opening comes through.
            for (var again = 0; ; again += 1 + (again / 4))
            {
                var gone = PowerGoesAt(files, again);
                try
                {
                    var (log, replayed) = LogFixture.Open(files, from: position);
                    if (gone())
                    {
                        throw new IOException("The power went when the opening was done.");
                    }

                    RequireRecords(replayed);
                    files.Before = null;
                    await LogFixture.AppendDurablyAsync(log, LogFixture.Record(log.LastLsn + 1, 18_000));
                    var end = log.LastLsn;
                    var left = files.Crash(chance);
                    await log.DisposeAsync();
                    var (last, all) = LogFixture.Open(left, from: position);
                    RequireRecords(all);
                    Assert.Equal(end, last.LastLsn);
                    await last.DisposeAsync();
                    return;
                }
                catch (IOException) when (gone())
                {
                    files = files.Crash(chance);
                }
            }
        }

        private void RequireRecords(Replayed replayed)
        {
            var first = (position?.Lsn ?? 0) + 1;
            Assert.Equal(Enumerable.Range(0, replayed.Records.Count).Select(i => first + i), replayed.Records.Select(record => record.Lsn));
            Assert.True(first + replayed.Records.Count > acknowledged, $"Record {acknowledged} is lost.");
        }

        private static int Size(int number) => number % 4 == 0 ? 9000 : number * 577 % 4000;

        /// <summary>Fails this access that changes or syncs something, and all that follow.</summary>
        private static Func<bool> PowerGoesAt(MemoryFiles files, int access)
        {
            var count = 0;
            files.Before = (operation, _) =>
            {
                if (operation != FileOperation.Read && Interlocked.Increment(ref count) > access)
                {
                    throw new IOException("The power is gone.");
                }
            };
            return () => Volatile.Read(ref count) > access;
        }
    }
}
