using CsCheck;
using Storage.Engine.Partitions;
using Xunit;

namespace Storage.Tests.Partitions;

/// <summary>
/// "Runs are read by positioned reads into a budgeted, checksum-verified block cache." The design, section 6. "A value
/// the cache lacks never makes others wait behind a lock."
/// </summary>
public sealed class BlockCacheTests
{
    private const int Frame = BlockSlab.FrameBytes;
    private const int FrameCost = Frame + BlockCache.FrameOverheadBytes;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void A_block_is_loaded_once_and_then_found()
    {
        using var cache = new BlockCache(1 << 20);
        var source = new PatternSource(1);
        for (var i = 0; i < 3; i++)
        {
            using var lease = cache.Get(source, 4096, 5000);
            Assert.True(source.Matches(4096, lease.Bytes));
            Assert.Equal(5000, lease.Bytes.Length);
        }

        Assert.Equal((1, 2, 1), (source.Loads, cache.HitCount, cache.MissCount));
    }

    [Fact]
    public void Sources_offsets_and_lengths_tell_blocks_apart()
    {
        using var cache = new BlockCache(1 << 20);
        foreach (var (id, offset, length) in new[] { (1, 0, 100), (2, 0, 100), (1, 100, 100), (1, 0, 200), (1, 0, 20_000) })
        {
            var source = new PatternSource(id);
            using var lease = cache.Get(source, offset, length);
            Assert.True(source.Matches(offset, lease.Bytes));
            Assert.Equal((length, 1), (lease.Bytes.Length, source.Loads));
        }
    }

    [Fact]
    public void Any_requests_get_what_was_asked_for_within_the_budget()
    {
        var request = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 60], Gen.Int[0, 9], Gen.Bool);
        Gen.Select(Gen.Int[0, 3_000_000], request.Array[1, 200]).Sample(
            sample =>
            {
                var (budget, requests) = sample;
                using var cache = new BlockCache(budget);
                var sources = Enumerable.Range(1, 4).Select(id => new PatternSource(id)).ToArray();
                var held = new List<(int Source, long Offset, BlockLease Lease)>();
                foreach (var (number, block, choice, keep) in requests)
                {
                    if (choice == 9 && keep)
                    {
                        sources[number] = new PatternSource(sources[number].CacheId + 4);
                        cache.Forget(sources[number].CacheId - 4);
                        held.RemoveAll(entry =>
                        {
                            var gone = entry.Source == number;
                            if (gone)
                            {
                                entry.Lease.Dispose();
                            }

                            return gone;
                        });
                        continue;
                    }

                    var offset = block * 40_000L;
                    var length = choice < 6 ? (block * 131) + 100 : choice * block * 500;
                    var lease = cache.Get(sources[number], offset, length);
                    held.Add((number, offset, lease));
                    if (!keep || held.Count > 30)
                    {
                        Assert.True(sources[held[0].Source].Matches(held[0].Offset, held[0].Lease.Bytes));
                        held[0].Lease.Dispose();
                        held.RemoveAt(0);
                    }

                    Assert.True(sources[number].Matches(offset, lease.Bytes));
                    Assert.InRange(cache.UsedBytes, 0, budget);
                }

                foreach (var (_, _, lease) in held)
                {
                    lease.Dispose();
                }
            },
            iter: 100,
            threads: 1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Frame)]
    [InlineData(FrameCost - 1)]
    public void Without_room_for_a_frame_every_read_is_a_load(int budget)
    {
        using var cache = new BlockCache(budget);
        var source = new PatternSource(1);
        for (var i = 0; i < 2; i++)
        {
            using var lease = cache.Get(source, 0, Frame);
            Assert.True(source.Matches(0, lease.Bytes));
        }

        Assert.Equal((2, 0L, 2L, 0L), (source.Loads, cache.HitCount, cache.MissCount, cache.UsedBytes));
    }

    [Fact]
    public void A_full_cache_holds_as_many_blocks_as_it_has_frames()
    {
        using var cache = new BlockCache(10 * FrameCost);
        var source = new PatternSource(1);
        Read(cache, source, Enumerable.Range(0, 10));
        Read(cache, source, Enumerable.Range(0, 10));
        Assert.Equal((10, 10L * FrameCost), (source.Loads, cache.UsedBytes));
        Read(cache, source, [10]);
        Assert.Equal((11, 10L * FrameCost), (source.Loads, cache.UsedBytes));
    }

    [Fact]
    public void Pinned_blocks_stay_and_reads_beside_them_still_succeed()
    {
        using var cache = new BlockCache(4 * FrameCost);
        var source = new PatternSource(1);
        var pinned = Enumerable.Range(0, 4).Select(i => cache.Get(source, i * Frame, Frame)).ToArray();
        Read(cache, source, Enumerable.Range(4, 50));
        Assert.Equal(54, source.Loads);
        for (var i = 0; i < 4; i++)
        {
            Assert.True(source.Matches(i * Frame, pinned[i].Bytes));
            pinned[i].Dispose();
        }

        Read(cache, source, Enumerable.Range(0, 4));
        Assert.Equal(54, source.Loads);
        Read(cache, source, Enumerable.Range(4, 50));
        Read(cache, source, Enumerable.Range(50, 4));
        Assert.Equal(104, source.Loads);
    }

    [Fact]
    public void What_is_asked_for_often_survives_a_scan()
    {
        using var cache = new BlockCache(64 * FrameCost);
        var source = new PatternSource(1);
        Read(cache, source, Enumerable.Range(0, 8));
        for (var block = 100; block < 600; block++)
        {
            Read(cache, source, Enumerable.Range(0, 8));
            Read(cache, source, [block]);
        }

        Assert.Equal(508, source.Loads);
    }

    [Fact]
    public void Large_blocks_take_the_frames_of_small_ones_and_small_ones_theirs()
    {
        const int large = 100_000; // 13 frames
        using var cache = new BlockCache(128 * FrameCost);
        var source = new PatternSource(1);
        Read(cache, source, Enumerable.Range(0, 128));
        for (var i = 0; i < 2; i++)
        {
            for (var block = 0; block < 9; block++)
            {
                using var lease = cache.Get(source, 10_000_000 + (block * large), large);
                Assert.True(source.Matches(10_000_000 + (block * large), lease.Bytes));
            }
        }

        Assert.Equal(128 + 9, source.Loads);
        for (var i = 0; i < 4; i++)
        {
            Read(cache, source, Enumerable.Range(0, 128));
        }

        var loads = source.Loads;
        Read(cache, source, Enumerable.Range(0, 128));
        Assert.Equal(loads, source.Loads);
        Assert.Equal(128L * FrameCost, cache.UsedBytes);
    }

    [Fact]
    public void A_block_above_an_eighth_of_the_budget_is_not_kept()
    {
        const int budget = 1 << 20;
        using var cache = new BlockCache(budget);
        var source = new PatternSource(1);
        foreach (var length in new[] { budget / 8, budget / 8, (budget / 8) + 1, (budget / 8) + 1 })
        {
            using var lease = cache.Get(source, 0, length);
            Assert.True(source.Matches(0, lease.Bytes));
        }

        Assert.Equal(3, source.Loads);
    }

    [Fact]
    public async Task A_load_that_waits_for_its_disk_holds_up_no_other_read()
    {
        using var cache = new BlockCache(64 * FrameCost); // one shard: every block meets the same lock
        using var entered = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var source = new PatternSource(1);
        Read(cache, source, [0]);
        source.Loading = offset =>
        {
            if (offset == Frame)
            {
                entered.Set();
                Assert.True(go.Wait(Patience));
            }
        };
        var waiting = Task.Factory.StartNew(() => Read(cache, source, [1]), TaskCreationOptions.LongRunning);
        Assert.True(entered.Wait(Patience));
        var others = Task.Factory.StartNew(
            () =>
            {
                Read(cache, source, [0]); // a hit
                Read(cache, source, Enumerable.Range(2, 500)); // misses and evictions
                cache.Forget(77);
            },
            TaskCreationOptions.LongRunning);
        await others.WaitAsync(Patience);
        Assert.False(waiting.IsCompleted);
        go.Set();
        await waiting.WaitAsync(Patience);
        source.Loading = null;
        var loads = source.Loads;
        Read(cache, source, [1]);
        Assert.Equal(loads, source.Loads);
    }

    [Fact]
    public async Task Two_who_miss_one_block_both_load_it_and_share_one_frame()
    {
        using var cache = new BlockCache(2 * FrameCost);
        using var both = new Barrier(2);
        var source = new PatternSource(1) { Loading = _ => Assert.True(both.SignalAndWait(Patience)) };
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
            () => Read(cache, source, [0]), TaskCreationOptions.LongRunning)));
        source.Loading = null;
        Read(cache, source, [0, 1, 0, 1]);
        Assert.Equal(3, source.Loads);
    }

    [Fact]
    public void A_failing_load_leaves_nothing_behind()
    {
        using var cache = new BlockCache(2 * FrameCost);
        var source = new PatternSource(1);
        Read(cache, source, [0]);
        source.Loading = offset => throw new DamagedBlockException("00000001.run", offset, "is not what was written");
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(Frame, Assert.Throws<DamagedBlockException>(() => Read(cache, source, [1])).Offset);
            Assert.Throws<DamagedBlockException>(() => cache.Get(source, 0, 40_000_000));
        }

        source.Loading = null;
        Read(cache, source, [0, 1, 0, 1]);
        Assert.Equal(1 + 20 + 1, source.Loads);
    }

    [Fact]
    public void A_forgotten_source_gives_its_frames_to_others_once_its_leases_end()
    {
        using var cache = new BlockCache(16 * FrameCost);
        var (gone, other) = (new PatternSource(1), new PatternSource(2));
        Read(cache, gone, Enumerable.Range(0, 8));
        Read(cache, gone, Enumerable.Range(0, 8)); // asked for twice: the hand would spare them
        Read(cache, other, Enumerable.Range(0, 7));
        var lease = cache.Get(gone, 0, Frame);
        cache.Forget(1);
        Read(cache, other, Enumerable.Range(0, 15));
        Assert.Equal(15, other.Loads);
        Read(cache, other, Enumerable.Range(0, 15));
        Assert.Equal(15, other.Loads);
        Assert.True(gone.Matches(0, lease.Bytes));
        lease.Dispose();
        Read(cache, other, Enumerable.Range(15, 1).Concat(Enumerable.Range(0, 16)).Concat(Enumerable.Range(0, 16)));
        var loads = other.Loads;
        Read(cache, other, Enumerable.Range(0, 16));
        Assert.Equal(loads, other.Loads);
        Read(cache, gone, [0]);
        Assert.Equal(9, gone.Loads);
    }

    [Fact]
    public void A_lease_outlives_the_cache()
    {
        var cache = new BlockCache(1 << 20);
        var source = new PatternSource(1);
        var lease = cache.Get(source, 0, Frame);
        cache.Dispose();
        Assert.Equal(0, cache.UsedBytes);
        Assert.True(source.Matches(0, lease.Bytes));
        lease.Dispose();
        lease.Dispose();
        Assert.Throws<ObjectDisposedException>(() => cache.Get(source, 0, Frame));
    }

    [Theory]
    [InlineData(6 * FrameCost)]
    [InlineData(600 * FrameCost)]
    [InlineData(2600 * FrameCost)]
    public async Task Many_threads_see_only_right_blocks(int budget)
    {
        using var cache = new BlockCache(budget);
        var sources = Enumerable.Range(1, 4).Select(id => new PatternSource(id)).ToArray();
        var wrong = 0;
        sources[3].Loading = offset => _ = offset % 3 == 0 ? throw new IOException("EIO") : 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Factory.StartNew(
            () =>
            {
                var random = new Random(worker);
                for (var i = 0; i < 15_000; i++)
                {
                    var source = sources[random.Next(4)];
                    var block = random.Next(random.Next(2) == 0 ? 20 : 900);
                    var offset = block * 100_000L;
                    try
                    {
                        using var lease = cache.Get(source, offset, block % 16 == 0 ? 30_000 + block : 700 + block);
                        Interlocked.Add(ref wrong, source.Matches(offset, lease.Bytes) ? 0 : 1);
                    }
                    catch (IOException) when (source.CacheId == 4)
                    {
                    }

                    if (i % 5_000 == 0)
                    {
                        cache.Forget(3);
                    }

                    Interlocked.Add(ref wrong, cache.UsedBytes <= budget ? 0 : 1);
                }
            },
            TaskCreationOptions.LongRunning)));
        Assert.Equal(0, wrong);
    }

    private static void Read(BlockCache cache, PatternSource source, IEnumerable<int> blocks)
    {
        foreach (var block in blocks)
        {
            using var lease = cache.Get(source, (long)block * Frame, Frame);
            Assert.True(source.Matches((long)block * Frame, lease.Bytes));
        }
    }
}
