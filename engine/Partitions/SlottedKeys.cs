using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Storage.Engine.Partitions;

/// <summary>
/// Ascending keys packed into one array, the prefix they share stored once:
/// <c>prefix | slots → free ← entries</c>. A slot is the first four bytes after the prefix (the head), the entry's
/// offset and the whole key's length; an entry is the payload and the rest of the key. The head decides nearly every
/// comparison without leaving the slots.
/// </summary>
/// <remarks>
/// Invariants: all keys begin with the prefix, and so does every key looked up with <see cref="Find"/>; keys longer
/// than <see cref="KeyInlineBytesMax"/> lie whole in the arena and their entry holds the handle, so that moving an
/// entry under another prefix never moves them.
/// </remarks>
internal struct SlottedKeys
{
    /// <summary>Largest array, bytes.</summary>
    internal const int PageBytesMax = 4096;

    /// <summary>Longest key kept in the page itself, and longest shared prefix, bytes. Four such keys fit a page.</summary>
    internal const int KeyInlineBytesMax = 768;

    /// <summary>Longest key, bytes: its length lies in 16 bits.</summary>
    internal const int KeyBytesMax = ushort.MaxValue;

    private const int SlotBytes = 8;
    private const int HandleBytes = 4;
    private const int CapacityMin = 256;

    private readonly byte[] bytes;
    private readonly int prefixLength;
    private readonly int payloadBytes;
    private int count;
    private int entriesStart;
    private int deadBytes; // of removed entries, regained by Rebuilt

    private SlottedKeys(ReadOnlySpan<byte> prefix, int capacity, int payloadBytes)
    {
        bytes = capacity == 0 ? [] : GC.AllocateUninitializedArray<byte>(capacity);
        prefix.CopyTo(bytes);
        prefixLength = prefix.Length;
        this.payloadBytes = payloadBytes;
        entriesStart = capacity;
    }

    internal readonly int Count => count;

    internal readonly int Capacity => bytes.Length;

    internal readonly int PrefixLength => prefixLength;

    internal readonly ReadOnlySpan<byte> Prefix => bytes.AsSpan(0, prefixLength);

    /// <summary>Bytes a page needs for these keys as they are.</summary>
    internal readonly int LiveBytes => prefixLength + (count * SlotBytes) + bytes.Length - entriesStart - deadBytes;

    private readonly ReadOnlySpan<ulong> Slots =>
        MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan(prefixLength, count * SlotBytes));

    internal static SlottedKeys Create(ReadOnlySpan<byte> prefix, int bytesWanted, int payloadBytes) =>
        new(prefix, Math.Clamp((bytesWanted + 7) & ~7, CapacityMin, PageBytesMax), payloadBytes);

    /// <summary>No keys and no memory.</summary>
    internal static SlottedKeys Empty(int payloadBytes) => new(default, 0, payloadBytes);

    /// <summary>The key after the shared prefix.</summary>
    internal readonly ReadOnlySpan<byte> Suffix(int index, ValueArena arena)
    {
        var slot = Slots[index];
        var at = OffsetOf(slot) + payloadBytes;
        var length = KeyLengthOf(slot);
        return length <= KeyInlineBytesMax
            ? bytes.AsSpan(at, length - prefixLength)
            : arena.Read(MemoryMarshal.Read<uint>(bytes.AsSpan(at)), length)[prefixLength..];
    }

    internal readonly int KeyLength(int index) => KeyLengthOf(Slots[index]);

    /// <summary>Copies as much of the whole key as the destination takes; returns the bytes copied.</summary>
    internal readonly int CopyKey(int index, ValueArena arena, Span<byte> destination)
    {
        var prefix = Prefix;
        if (destination.Length <= prefix.Length)
        {
            prefix[..destination.Length].CopyTo(destination);
            return destination.Length;
        }

        prefix.CopyTo(destination);
        var suffix = Suffix(index, arena);
        suffix = suffix[..Math.Min(suffix.Length, destination.Length - prefix.Length)];
        suffix.CopyTo(destination[prefix.Length..]);
        return prefix.Length + suffix.Length;
    }

    internal readonly ulong Payload(int index) =>
        MemoryMarshal.Read<ulong>(bytes.AsSpan(OffsetOf(Slots[index]), sizeof(ulong)));

    internal readonly void SetPayload(int index, ulong payload) =>
        MemoryMarshal.Write(bytes.AsSpan(OffsetOf(Slots[index]), sizeof(ulong)), payload);

    /// <summary>Keys less than one that begins with the shared prefix, given without it.</summary>
    internal readonly int Find(ReadOnlySpan<byte> suffix, ValueArena arena, out bool found)
    {
        found = false;
        var slots = Slots;
        if (slots.IsEmpty)
        {
            return 0;
        }

        long head = HeadOf(suffix);
        var low = FirstNotBelow(slots, head);
        if (low == slots.Length || HeadOf(slots[low]) != head)
        {
            return low;
        }

        var high = low + 1;
        if (high < slots.Length && HeadOf(slots[high]) == head)
        {
            high += FirstNotBelow(slots[high..], head + 1);
        }

        while (low < high)
        {
            var middle = (low + high) >> 1;
            var order = suffix.SequenceCompareTo(Suffix(middle, arena));
            if (order == 0)
            {
                found = true;
                return middle;
            }

            if (order < 0)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    /// <summary>Keys less than any key, given whole.</summary>
    internal readonly int FindAny(ReadOnlySpan<byte> key, ValueArena arena)
    {
        var prefix = Prefix;
        if (key.StartsWith(prefix))
        {
            return Find(key[prefixLength..], arena, out _);
        }

        return key.SequenceCompareTo(prefix) < 0 ? 0 : count;
    }

    internal readonly bool HasRoom(int keyLength) =>
        entriesStart - prefixLength - (count * SlotBytes) >= SlotBytes + EntryBytes(keyLength);

    /// <summary>True when <see cref="Rebuilt"/> makes room for a key of this length without a split.</summary>
    internal readonly bool CanMakeRoom(int keyLength) =>
        LiveBytes + SlotBytes + EntryBytes(keyLength) <= PageBytesMax
        && (bytes.Length < PageBytesMax || deadBytes >= PageBytesMax / 8);

    /// <summary>The same keys in a page with room for one more of this length.</summary>
    internal readonly SlottedKeys Rebuilt(int keyLength, ValueArena arena)
    {
        var needed = LiveBytes + SlotBytes + EntryBytes(keyLength);
        var rebuilt = Create(
            Prefix, needed <= bytes.Length / 4 * 3 ? bytes.Length : Math.Max(needed, 2 * bytes.Length), payloadBytes);
        rebuilt.Append(this, 0, count, arena);
        return rebuilt;
    }

    /// <summary>Inserts a whole key before the index. There must be room.</summary>
    internal void Insert(int index, ReadOnlySpan<byte> key, ulong payload, ValueArena arena)
    {
        var suffix = key[prefixLength..];
        var at = Open(index, key.Length);
        SetSlot(index, HeadOf(suffix), at, key.Length);
        if (payloadBytes != 0)
        {
            MemoryMarshal.Write(bytes.AsSpan(at), payload);
        }

        if (key.Length <= KeyInlineBytesMax)
        {
            suffix.CopyTo(bytes.AsSpan(at + payloadBytes));
        }
        else
        {
            MemoryMarshal.Write(bytes.AsSpan(at + payloadBytes), arena.Store(key));
        }
    }

    internal void Remove(int index, ValueArena arena)
    {
        var slot = Slots[index];
        var length = KeyLengthOf(slot);
        if (length > KeyInlineBytesMax)
        {
            arena.Free(MemoryMarshal.Read<uint>(bytes.AsSpan(OffsetOf(slot) + payloadBytes)), length);
        }

        deadBytes += EntryBytes(length);
        var after = prefixLength + ((index + 1) * SlotBytes);
        bytes.AsSpan(after, (count - index - 1) * SlotBytes).CopyTo(bytes.AsSpan(after - SlotBytes));
        count--;
        if (count == 0)
        {
            entriesStart = bytes.Length;
            deadBytes = 0;
        }
    }

    /// <summary>Bytes a page under a prefix of this length needs for a range of these entries.</summary>
    internal readonly int BytesUnder(int prefix, int from, int to)
    {
        var needed = prefix;
        foreach (var slot in Slots[from..to])
        {
            var length = KeyLengthOf(slot);
            needed += SlotBytes + payloadBytes + (length <= KeyInlineBytesMax ? length - prefix : HandleBytes);
        }

        return needed;
    }

    /// <summary>True unless the range holds long keys only: they gain nothing from a prefix, and the page could outgrow its size by it.</summary>
    internal readonly bool GainsByPrefix(int from, int to)
    {
        if (from == to)
        {
            return true;
        }

        foreach (var slot in Slots[from..to])
        {
            if (KeyLengthOf(slot) <= KeyInlineBytesMax)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The index that leaves about half of the bytes on each side, 1 to <see cref="Count"/> - 1.</summary>
    internal readonly int Middle()
    {
        var half = (LiveBytes - prefixLength) / 2;
        var index = 0;
        while (index < count - 1 && half > 0)
        {
            half -= SlotBytes + EntryBytes(KeyLength(index++));
        }

        return Math.Max(index, 1);
    }

    /// <summary>
    /// Appends a range of another page's entries, which must be greater than all here and begin with the prefix here.
    /// Long keys change hands; they are not copied.
    /// </summary>
    internal void Append(in SlottedKeys source, int from, int to, ValueArena arena)
    {
        var regained = source.bytes.AsSpan(0, source.prefixLength)[Math.Min(prefixLength, source.prefixLength)..];
        var skipped = Math.Max(0, prefixLength - source.prefixLength);
        foreach (var slot in source.Slots[from..to])
        {
            var length = KeyLengthOf(slot);
            var entry = source.bytes.AsSpan(OffsetOf(slot), source.EntryBytes(length));
            var at = Open(count, length);
            var rest = bytes.AsSpan(at + payloadBytes, EntryBytes(length) - payloadBytes);
            entry[..payloadBytes].CopyTo(bytes.AsSpan(at));
            if (length <= KeyInlineBytesMax)
            {
                regained.CopyTo(rest);
                entry[(payloadBytes + skipped)..].CopyTo(rest[regained.Length..]);
                SetSlot(count - 1, HeadOf(rest), at, length);
            }
            else
            {
                entry[payloadBytes..].CopyTo(rest);
                SetSlot(count - 1, HeadOf(arena.Read(MemoryMarshal.Read<uint>(rest), length)[prefixLength..]), at, length);
            }
        }
    }

    private static int OffsetOf(ulong slot) => (ushort)(slot >> 16);

    private static int KeyLengthOf(ulong slot) => (ushort)slot;

    private static uint HeadOf(ulong slot) => (uint)(slot >> 32);

    /// <summary>Four bytes as a number that orders as they do. Padding a shorter key with zeros can only make it equal, never greater.</summary>
    private static uint HeadOf(ReadOnlySpan<byte> suffix)
    {
        if (suffix.Length >= sizeof(uint))
        {
            return BinaryPrimitives.ReadUInt32BigEndian(suffix);
        }

        uint head = 0;
        for (var i = 0; i < suffix.Length; i++)
        {
            head |= (uint)suffix[i] << (24 - (8 * i));
        }

        return head;
    }

    /// <summary>Slots whose head is below this one. Without a branch: a search over random keys mispredicts each.</summary>
    private static int FirstNotBelow(ReadOnlySpan<ulong> slots, long head)
    {
        var low = 0;
        var left = slots.Length;
        while (left > 1)
        {
            var half = left >> 1;
            low += half & (int)((HeadOf(slots[low + half - 1]) - head) >> 63);
            left -= half;
        }

        return HeadOf(slots[low]) < head ? low + 1 : low;
    }

    private readonly int EntryBytes(int keyLength) =>
        payloadBytes + (keyLength <= KeyInlineBytesMax ? keyLength - prefixLength : HandleBytes);

    /// <summary>Opens a slot and takes an entry's bytes; returns the entry's offset. The slot is still to be set.</summary>
    private int Open(int index, int keyLength)
    {
        var slot = prefixLength + (index * SlotBytes);
        bytes.AsSpan(slot, (count - index) * SlotBytes).CopyTo(bytes.AsSpan(slot + SlotBytes));
        count++;
        entriesStart -= EntryBytes(keyLength);
        return entriesStart;
    }

    private readonly void SetSlot(int index, uint head, int entry, int keyLength) =>
        MemoryMarshal.Write(
            bytes.AsSpan(prefixLength + (index * SlotBytes)),
            ((ulong)head << 32) | ((ulong)(uint)entry << 16) | (uint)keyLength);
}
