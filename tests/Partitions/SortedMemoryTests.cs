using System.Buffers.Binary;
using Storage.Engine.Partitions;
using Xunit;

namespace Storage.Tests.Partitions;

public sealed class SortedMemoryTests
{
    /// <summary>"Each leaf remembers its last LSN (through deletes, splits and merges)." The design, rule 5.</summary>
    [Fact]
    public void Absent_keys_and_empty_ranges_carry_the_lsn_of_the_removal_that_emptied_them()
    {
        var tree = new SortedMemory();
        for (var i = 0; i < 5000; i++)
        {
            tree.Put(Key(i), [1], i + 1);
        }

        for (var i = 1000; i < 4000; i++)
        {
            Assert.True(tree.Remove(Key(i), 10_000 + i));
        }

        var page = new EntryPage();
        for (var i = 1000; i < 4000; i++)
        {
            Assert.False(tree.TryGet(Key(i), out _, out var lsn));
            Assert.True(lsn >= 10_000 + i);
        }

        tree.ReadForward(Key(1000), Key(4000), 100, 100_000, page);
        Assert.Equal(0, page.Count);
        Assert.True(page.Exhausted);
        Assert.True(page.Lsn >= 13_999);
        tree.ReadBackward(Key(4000), Key(1000), 100, 100_000, page);
        Assert.True(page is { Count: 0, Exhausted: true, Lsn: >= 13_999 });
    }

    [Fact]
    public void Removing_an_absent_key_moves_the_lsn_of_its_leaf_also_in_an_empty_tree()
    {
        var tree = new SortedMemory();
        Assert.False(tree.Remove([1], 7));
        Assert.False(tree.TryGet([1], out _, out var lsn));
        Assert.Equal(7, lsn);
        tree.Put([1], [], 8);
        tree.Remove([1], 9);
        tree.TryGet([2], out _, out lsn);
        Assert.Equal(9, lsn);
    }

    [Fact]
    public void An_older_lsn_never_lowers_that_of_a_leaf()
    {
        var tree = new SortedMemory();
        tree.Put([1], [], 8);
        tree.Put([2], [], 3);
        tree.TryGet([2], out _, out var lsn);
        Assert.Equal(8, lsn);
    }

    /// <summary>2,000 tables of 8 trees each must fit one process: what is empty or tiny takes next to nothing.</summary>
    [Fact]
    public void Empty_and_tiny_trees_are_tiny()
    {
        var tree = new SortedMemory();
        Assert.True(tree.UsedBytes < 512);
        tree.Put(new byte[20], new byte[100], 1);
        Assert.True(tree.UsedBytes < 2048);
    }

    [Fact]
    public void Used_bytes_cover_keys_and_values_with_at_most_45_bytes_more_per_entry()
    {
        var random = new Random(5);
        var tree = new SortedMemory();
        var key = new byte[40];
        for (var i = 0; i < 100_000; i++)
        {
            random.NextBytes(key);
            BinaryPrimitives.WriteInt32BigEndian(key, 7);
            tree.Put(key, key.AsSpan(0, 16), i);
        }

        Assert.InRange(tree.UsedBytes, 100_000L * 56 * 9 / 10, 100_000L * (56 + 45));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1000)]
    [InlineData(60_000)]
    public void Overwriting_the_same_keys_for_ever_does_not_grow_memory(int valueBytesMax)
    {
        var random = new Random(3);
        var tree = new SortedMemory();
        var value = new byte[valueBytesMax];
        long settled = 0;
        for (var i = 0; i < 20_000; i++)
        {
            tree.Put(Key(random.Next(20)), value.AsSpan(0, random.Next(valueBytesMax)), i);
            if (i == 5000)
            {
                settled = tree.UsedBytes;
            }
        }

        Assert.True(tree.UsedBytes <= (settled * 2) + 4096, $"{settled} bytes became {tree.UsedBytes}.");
    }

    [Fact]
    public void Values_that_grow_together_leave_no_memory_behind_that_is_never_used_again()
    {
        var tree = new SortedMemory();
        var value = new byte[40_000];
        const int entries = 200;
        for (var length = 500; length < value.Length; length += length / 20)
        {
            for (var i = 0; i < entries; i++)
            {
                tree.Put(Key(i), value.AsSpan(0, length), length);
            }
        }

        Assert.True(tree.UsedBytes < 4L * entries * value.Length, $"{tree.UsedBytes} bytes.");
    }

    [Fact]
    public void Queue_like_use_leaves_no_empty_nodes_behind()
    {
        var tree = new SortedMemory();
        for (var i = 0; i < 200_000; i++)
        {
            tree.Put(Key(i), [1, 2, 3], i);
            if (i >= 1000)
            {
                Assert.True(tree.Remove(Key(i - 1000), i));
            }
        }

        Assert.Equal(1000, tree.Count);
        Assert.True(tree.UsedBytes < 200_000, $"{tree.UsedBytes} bytes.");
    }

    [Fact]
    public void A_value_may_be_put_from_the_span_the_tree_gave()
    {
        var tree = new SortedMemory();
        tree.Put([1], new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, 1);
        Assert.True(tree.TryGet([1], out var value, out _));
        tree.Put([1], value[1..4], 2);
        Assert.True(tree.TryGet([1], out value, out _));
        Assert.Equal(new byte[] { 2, 3, 4 }, value.ToArray());
    }

    [Fact]
    public void A_key_of_65_535_bytes_is_kept_and_one_byte_more_is_refused()
    {
        var tree = new SortedMemory();
        tree.Put(new byte[SortedMemory.KeyBytesMax], [5], 1);
        Assert.True(tree.TryGet(new byte[SortedMemory.KeyBytesMax], out _, out _));
        Assert.Throws<ArgumentException>(() => tree.Put(new byte[SortedMemory.KeyBytesMax + 1], [5], 2));
    }

    [Fact]
    public void A_page_gives_one_entry_even_when_its_limits_allow_none()
    {
        var tree = new SortedMemory();
        tree.Put([1], [2], 1);
        tree.Put([2], [2], 1);
        var page = new EntryPage();
        tree.ReadForward([], [], 0, 0, page);
        Assert.True(page is { Count: 1, Exhausted: false });
        tree.ReadBackward([], [], 0, 0, page);
        Assert.True(page is { Count: 1, Exhausted: false });
    }

    private static byte[] Key(int number)
    {
        var key = new byte[12];
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(6), number);
        return key;
    }
}
