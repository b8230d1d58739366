using Storage.Engine.Partitions;
using Xunit;

namespace Storage.Tests.Partitions;

/// <summary>A sorted dictionary beside a tree, with the LSN of the last change of every key ever touched.</summary>
internal sealed class SortedModel
{
    private readonly SortedDictionary<byte[], byte[]> entries = new(ByteOrder.Instance);
    private readonly SortedDictionary<byte[], long> touched = new(ByteOrder.Instance);
    private readonly EntryPage page = new();
    private long lsn;

    internal SortedMemory Tree { get; } = new();

    internal int Count => entries.Count;

    internal void Put(byte[] key, byte[] value)
    {
        Assert.Equal(entries.ContainsKey(key), Tree.Put(key, value, ++lsn));
        entries[key] = value;
        touched[key] = lsn;
    }

    internal void Remove(byte[] key)
    {
        Assert.Equal(entries.Remove(key), Tree.Remove(key, ++lsn));
        touched[key] = lsn;
    }

    internal void Get(byte[] key)
    {
        var found = Tree.TryGet(key, out var value, out var leafLsn);
        Assert.Equal(entries.TryGetValue(key, out var expected), found);
        Assert.True(!found || value.SequenceEqual(expected));
        Assert.True(leafLsn <= lsn);
        if (touched.TryGetValue(key, out var changed))
        {
            Assert.True(leafLsn >= changed, "A reader must see at least the LSN of the last change of the key it looked for.");
        }
    }

    internal void ReadForward(byte[] from, byte[] end, int entriesMax, int bytesMax)
    {
        var expected = Within(entries, from, end).ToList();
        var resume = from;
        var read = 0;
        long seen = 0;
        do
        {
            Tree.ReadForward(resume, end, entriesMax, bytesMax, page);
            seen = Math.Max(seen, page.Lsn);
            read = CheckPage(expected, read, entriesMax, bytesMax);
            resume = page.Count == 0 ? resume : [.. page.Key(page.Count - 1), 0];
        }
        while (!page.Exhausted);

        Assert.Equal(expected.Count, read);
        Assert.True(seen >= Within(touched, from, end).Select(entry => entry.Value).DefaultIfEmpty().Max());
    }

    internal void ReadBackward(byte[] below, byte[] start, int entriesMax, int bytesMax)
    {
        var expected = Within(entries, start, below).Reverse().ToList();
        var resume = below;
        var read = 0;
        long seen = 0;
        do
        {
            Tree.ReadBackward(resume, start, entriesMax, bytesMax, page);
            seen = Math.Max(seen, page.Lsn);
            read = CheckPage(expected, read, entriesMax, bytesMax);
            resume = page.Count == 0 ? resume : page.Key(page.Count - 1).ToArray();
            if (page.Count > 0 && resume.Length == 0)
            {
                break; // below the empty key there is nothing, and an empty bound would mean none
            }
        }
        while (!page.Exhausted);

        Assert.Equal(expected.Count, read);
        Assert.True(seen >= Within(touched, start, below).Select(entry => entry.Value).DefaultIfEmpty().Max());
    }

    internal void CheckAll()
    {
        Assert.Equal(entries.Count, Tree.Count);
        ReadForward([], [], int.MaxValue, int.MaxValue);
        ReadBackward([], [], int.MaxValue, int.MaxValue);
        foreach (var key in touched.Keys)
        {
            Get(key);
        }
    }

    private int CheckPage(List<KeyValuePair<byte[], byte[]>> expected, int read, int entriesMax, int bytesMax)
    {
        Assert.True(page.Count > 0 || page.Exhausted, "A page without entries says that there are none.");
        Assert.True(page.Count <= Math.Max(1, entriesMax));
        for (var i = 0; i < page.Count; i++, read++)
        {
            Assert.True(read < expected.Count, "An entry came twice or from outside the range.");
            Assert.True(page.Key(i).SequenceEqual(expected[read].Key));
            Assert.True(page.Value(i).SequenceEqual(expected[read].Value));
        }

        if (page.Count > 1)
        {
            var last = page.Key(page.Count - 1).Length + page.Value(page.Count - 1).Length;
            Assert.True(page.Bytes - last < bytesMax, "A page ends with the entry that reaches its bytes.");
        }

        return read;
    }

    private static IEnumerable<KeyValuePair<byte[], T>> Within<T>(
        SortedDictionary<byte[], T> all, byte[] from, byte[] end) =>
        all.Where(entry => ByteOrder.Instance.Compare(entry.Key, from) >= 0
            && (end.Length == 0 || ByteOrder.Instance.Compare(entry.Key, end) < 0));
}
