using CsCheck;
using Storage.Engine.Partitions;
using Xunit;

namespace Storage.Tests.Partitions;

public sealed class ValueArenaTests
{
    [Fact]
    public void Every_size_fits_its_class_and_not_the_one_below()
    {
        for (var bytes = 1; bytes <= SizeClass.BlockBytesMax; bytes++)
        {
            var sizeClass = SizeClass.Of(bytes);
            Assert.InRange(sizeClass, 0, SizeClass.Count - 1);
            Assert.True(SizeClass.BlockBytes(sizeClass) >= bytes);
            Assert.Equal(0, SizeClass.BlockBytes(sizeClass) % 8);
            Assert.True(sizeClass == 0 || SizeClass.BlockBytes(sizeClass - 1) < bytes);
            Assert.True(bytes < 8 || SizeClass.BlockBytes(SizeClass.Within(bytes)) <= bytes);
        }
    }

    [Fact]
    public void Blocks_never_overlap_whatever_is_stored_freed_and_replaced()
    {
        var size = Gen.Frequency((6, Gen.Int[0, 200]), (3, Gen.Int[200, 5000]), (1, Gen.Int[100_000, 150_000]));
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 1000], size, Gen.Byte).Array[1, 500].Sample(
            steps =>
            {
                var arena = new ValueArena();
                var blocks = new List<(uint Handle, byte[] Bytes)>();
                foreach (var (kind, pick, length, fill) in steps)
                {
                    var bytes = new byte[length];
                    Array.Fill(bytes, fill);
                    if (kind == 0 || blocks.Count == 0)
                    {
                        blocks.Add((arena.Store(bytes), bytes));
                        continue;
                    }

                    var index = pick % blocks.Count;
                    var (handle, old) = blocks[index];
                    if (kind == 1)
                    {
                        arena.Free(handle, old.Length);
                        blocks.RemoveAt(index);
                    }
                    else
                    {
                        blocks[index] = (arena.Replace(handle, old.Length, bytes), bytes);
                    }
                }

                foreach (var (handle, bytes) in blocks)
                {
                    Assert.True(arena.Read(handle, bytes.Length).SequenceEqual(bytes));
                }
            },
            iter: 100,
            threads: 1);
    }

    /// <summary>Small blocks freed side by side become large ones again, their neighbours untouched.</summary>
    [Fact]
    public void Free_neighbours_are_joined_when_half_the_arena_is_free()
    {
        var arena = new ValueArena();
        var small = Enumerable.Range(0, 40_000).Select(i => arena.Store(Filled(i, 64))).ToArray();
        for (var i = 0; i < small.Length; i++)
        {
            if (i % 10 != 0)
            {
                arena.Free(small[i], 64);
            }
        }

        var before = arena.UsedBytes;
        var large = Enumerable.Range(0, 3500).Select(i => arena.Store(Filled(i, 512))).ToArray();
        Assert.True(arena.UsedBytes <= before + 4096, $"{before} became {arena.UsedBytes} bytes.");
        for (var i = 0; i < small.Length; i += 10)
        {
            Assert.True(arena.Read(small[i], 64).SequenceEqual(Filled(i, 64)));
        }

        for (var i = 0; i < large.Length; i++)
        {
            Assert.True(arena.Read(large[i], 512).SequenceEqual(Filled(i, 512)));
        }
    }

    private static byte[] Filled(int number, int length)
    {
        var bytes = new byte[length];
        Array.Fill(bytes, (byte)number);
        return bytes;
    }
}
