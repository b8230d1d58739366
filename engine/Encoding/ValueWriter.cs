using System.Buffers.Binary;
using System.Collections.Concurrent;
using Storage.Engine.Model;

namespace Storage.Engine.Encoding;

/// <summary>
/// Builds encoded values in one growing buffer. Containers are begun and ended; ending a map or set brings it into
/// canonical order and reports repeated names or elements. Rent one, dispose it when done.
/// </summary>
internal sealed class ValueWriter : IDisposable
{
    private const int ContainerHeaderBytes = ValueView.ContainerHeaderBytes;

    // At most 256 x (128 + 128 + 64) KiB stay in the pool; a writer that grew beyond is left to the collector.
    private const int PooledBytesMax = 128 * 1024;
    private const int PooledEntriesMax = 16 * 1024;
    private const int PooledWritersMax = 256;
    private const int SmallEntriesMax = 32;
    private static readonly ConcurrentQueue<ValueWriter> Pool = new();

    private byte[] buffer = new byte[2048];
    private byte[] scratch = [];
    private int length;

    // Room left for the varint before a scalar's content or a member's name whose length is not known yet.
    private int reservedPrefix;

    // Starts of the entries of all open containers, innermost last.
    private int[] entries = new int[64];
    private int entryCount;
    private int rented = 1;

    private ValueWriter()
    {
    }

    internal int Length => length;

    internal ReadOnlySpan<byte> Written => buffer.AsSpan(0, length);

    internal ReadOnlyMemory<byte> WrittenMemory => buffer.AsMemory(0, length);

    internal static ValueWriter Rent()
    {
        if (Pool.TryDequeue(out var writer))
        {
            writer.Clear();
            Volatile.Write(ref writer.rented, 1);
            return writer;
        }

        return new ValueWriter();
    }

    /// <summary>
    /// Gives the writer back; what it wrote must not be used any more. A second call does nothing, unless another
    /// caller has rented it meanwhile: dispose in one place.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref rented, 0) == 0)
        {
            return;
        }

        if (buffer.Length <= PooledBytesMax
            && scratch.Length <= PooledBytesMax
            && entries.Length <= PooledEntriesMax
            && Pool.Count < PooledWritersMax)
        {
            Pool.Enqueue(this);
        }
    }

    internal void Clear()
    {
        length = 0;
        entryCount = 0;
    }

    /// <summary>Forgets what was written from a position on, the elements and members begun there included.</summary>
    internal void Truncate(int position)
    {
        length = position;
        while (entryCount > 0 && entries[entryCount - 1] >= position)
        {
            entryCount--;
        }
    }

    internal void WriteNull() => WriteTag(ValueTag.Null);

    internal void WriteBoolean(bool value) => WriteTag(value ? ValueTag.True : ValueTag.False);

    internal void WriteString(ReadOnlySpan<byte> utf8) => WriteScalar(ValueTag.String, utf8);

    internal void WriteBinary(ReadOnlySpan<byte> bytes) => WriteScalar(ValueTag.Binary, bytes);

    /// <summary>Writes a number given in its encoding.</summary>
    internal void WriteNumber(ReadOnlySpan<byte> encodedNumber) => WriteScalar(ValueTag.Number, encodedNumber);

    /// <summary>Writes a number given as text; writes nothing unless the answer is Valid.</summary>
    internal NumberResult WriteNumberText(ReadOnlySpan<byte> utf8)
    {
        Span<byte> encoded = stackalloc byte[NumberCodec.EncodedBytesMax];
        var result = NumberCodec.TryEncode(utf8, encoded, out var written);
        if (result == NumberResult.Valid)
        {
            WriteNumber(encoded[..written]);
        }

        return result;
    }

    /// <summary>Writes a whole value that is already encoded.</summary>
    internal void WriteEncoded(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Grow(value.Length));
        length += value.Length;
    }

    /// <summary>
    /// Room for a scalar's content whose final length is not known yet: returns at least <paramref name="bytesMax"/>
    /// bytes; <see cref="EndScalar"/> says how many were used. Nothing may be written between.
    /// </summary>
    internal Span<byte> BeginScalar(int bytesMax)
    {
        // When the length found needs no shorter varint than the greatest one, the content already lies in its place.
        reservedPrefix = 1 + VarInt.SizeBytes(bytesMax);
        return Grow(reservedPrefix + bytesMax).Slice(reservedPrefix, bytesMax);
    }

    /// <summary>Finishes <see cref="BeginScalar"/>.</summary>
    internal void EndScalar(ValueTag tag, int bytesUsed)
    {
        buffer[length] = (byte)tag;
        length++;
        EndReserved(reservedPrefix - 1, bytesUsed);
    }

    /// <summary>Begins a container; the mark goes to the matching End call.</summary>
    internal ContainerMark Begin(ValueTag tag)
    {
        var mark = new ContainerMark(length, entryCount);
        var header = Grow(ContainerHeaderBytes);
        header[0] = (byte)tag;
        length += ContainerHeaderBytes;
        return mark;
    }

    /// <summary>Announces the next element of a list or set; its value must follow.</summary>
    internal void BeginElement() => PushEntry();

    /// <summary>Announces the next member of a map; its value must follow.</summary>
    internal void BeginMember(ReadOnlySpan<byte> name)
    {
        PushEntry();
        var room = Grow(VarInt.BytesMax + name.Length);
        var prefix = VarInt.Write(room, name.Length);
        name.CopyTo(room[prefix..]);
        length += prefix + name.Length;
    }

    /// <summary>As <see cref="BeginMember"/> with room for a name whose length is not known yet.</summary>
    internal Span<byte> BeginMemberName(int bytesMax)
    {
        PushEntry();
        reservedPrefix = VarInt.SizeBytes(bytesMax);
        return Grow(reservedPrefix + bytesMax).Slice(reservedPrefix, bytesMax);
    }

    /// <summary>Finishes <see cref="BeginMemberName"/>.</summary>
    internal void EndMemberName(int bytesUsed) => EndReserved(reservedPrefix, bytesUsed);

    /// <summary>Ends a list, map or set. False when a map repeats a name or a set repeats an element.</summary>
    internal bool End(ContainerMark mark)
    {
        var tag = (ValueTag)buffer[mark.Start];
        var starts = entries.AsSpan(mark.FirstEntry, entryCount - mark.FirstEntry);
        var distinct = tag == ValueTag.List || Canonicalize(tag, mark.Start + ContainerHeaderBytes, starts);
        WriteU24(mark.Start + 1, length - mark.Start - ContainerHeaderBytes);
        WriteU24(mark.Start + 4, starts.Length);
        entryCount = mark.FirstEntry;
        return distinct;
    }

    private bool Canonicalize(ValueTag tag, int contentStart, Span<int> starts)
    {
        if (starts.Length > SmallEntriesMax)
        {
            if (IsSorted(tag, starts))
            {
                return true;
            }

            SortMany(tag, starts);
        }
        else if (IsSortedOrSort(tag, starts))
        {
            return true;
        }

        if (scratch.Length < length - contentStart)
        {
            scratch = new byte[Math.Max(length - contentStart, 1024)];
        }

        var distinct = true;
        var used = 0;
        for (var i = 0; i < starts.Length; i++)
        {
            distinct &= i == 0 || !EntryKey(tag, starts[i - 1]).SequenceEqual(EntryKey(tag, starts[i]));
            var entry = buffer.AsSpan(starts[i], EntryLength(tag, starts[i]));
            entry.CopyTo(scratch.AsSpan(used));
            used += entry.Length;
        }

        scratch.AsSpan(0, used).CopyTo(buffer.AsSpan(contentStart));
        return distinct;
    }

    /// <summary>True when the entries are in order and distinct.</summary>
    private bool IsSorted(ValueTag tag, ReadOnlySpan<int> starts)
    {
        for (var i = 1; i < starts.Length; i++)
        {
            if (EntryKey(tag, starts[i - 1]).SequenceCompareTo(EntryKey(tag, starts[i])) >= 0)
            {
                return false;
            }
        }

        return true;
    }

    private void SortMany(ValueTag tag, Span<int> starts) =>
        starts.Sort((left, right) => EntryKey(tag, left).SequenceCompareTo(EntryKey(tag, right)));

    /// <summary>
    /// Small containers, the usual ones, are sorted by insertion, comparing the first eight bytes of the keys as one
    /// integer and the keys themselves only where those are equal. True when the entries were in order and distinct.
    /// </summary>
    private bool IsSortedOrSort(ValueTag tag, Span<int> starts)
    {
        Span<ulong> prefixes = stackalloc ulong[SmallEntriesMax];
        var sorted = true;
        for (var i = 0; i < starts.Length; i++)
        {
            var start = starts[i];
            var prefix = Prefix(EntryKey(tag, start));
            var j = i;
            for (; j > 0 && prefixes[j - 1] >= prefix; j--)
            {
                var order = prefixes[j - 1] > prefix
                    ? 1
                    : EntryKey(tag, starts[j - 1]).SequenceCompareTo(EntryKey(tag, start));
                sorted &= order < 0;
                if (order <= 0)
                {
                    break;
                }

                prefixes[j] = prefixes[j - 1];
                starts[j] = starts[j - 1];
            }

            prefixes[j] = prefix;
            starts[j] = start;
        }

        return sorted;
    }

    /// <summary>The first eight bytes as an integer that orders as they do, zeros standing for what is missing.</summary>
    private static ulong Prefix(ReadOnlySpan<byte> key)
    {
        if (key.Length >= sizeof(ulong))
        {
            return BinaryPrimitives.ReadUInt64BigEndian(key);
        }

        ulong prefix = 0;
        for (var i = 0; i < key.Length; i++)
        {
            prefix |= (ulong)key[i] << (56 - (8 * i));
        }

        return prefix;
    }

    private ReadOnlySpan<byte> EntryKey(ValueTag tag, int start)
    {
        var offset = tag == ValueTag.Map ? start : start + 1;
        var keyLength = VarInt.Read(buffer, ref offset);
        return buffer.AsSpan(offset, keyLength);
    }

    private int EntryLength(ValueTag tag, int start)
    {
        if (tag != ValueTag.Map)
        {
            return ValueView.LengthOf(buffer.AsSpan(start));
        }

        var offset = start;
        var nameLength = VarInt.Read(buffer, ref offset);
        offset += nameLength;
        return offset - start + ValueView.LengthOf(buffer.AsSpan(offset));
    }

    private void WriteScalar(ValueTag tag, ReadOnlySpan<byte> content)
    {
        var room = Grow(1 + VarInt.BytesMax + content.Length);
        room[0] = (byte)tag;
        var prefix = 1 + VarInt.Write(room[1..], content.Length);
        content.CopyTo(room[prefix..]);
        length += prefix + content.Length;
    }

    private void EndReserved(int reserved, int bytesUsed)
    {
        var free = buffer.AsSpan(length);
        var prefix = VarInt.SizeBytes(bytesUsed);
        if (prefix != reserved)
        {
            free.Slice(reserved, bytesUsed).CopyTo(free[prefix..]);
        }

        length += VarInt.Write(free, bytesUsed) + bytesUsed;
    }

    private void PushEntry()
    {
        if (entryCount == entries.Length)
        {
            Array.Resize(ref entries, entries.Length * 2);
        }

        entries[entryCount++] = length;
    }

    private void WriteTag(ValueTag tag)
    {
        Grow(1)[0] = (byte)tag;
        length++;
    }

    private Span<byte> Grow(int bytes)
    {
        if (buffer.Length - length < bytes)
        {
            Array.Resize(ref buffer, Math.Max(length + bytes, buffer.Length * 2));
        }

        return buffer.AsSpan(length);
    }

    private void WriteU24(int offset, int value)
    {
        if (value > 0xFFFFFF)
        {
            // Unreachable from the wire: a body of 16 MiB of JSON encodes to less.
            throw DynamoDbException.Validation("Item size has exceeded the maximum allowed size");
        }

        buffer[offset] = (byte)value;
        buffer[offset + 1] = (byte)(value >> 8);
        buffer[offset + 2] = (byte)(value >> 16);
    }

    /// <summary>Where a container began.</summary>
    internal readonly record struct ContainerMark(int Start, int FirstEntry);
}
