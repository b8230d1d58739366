using System.Numerics;
using System.Runtime.InteropServices;

namespace Storage.Engine.Partitions;

/// <summary>
/// Byte strings in a few large arrays, so that the garbage collector sees chunks and not values. A handle names a
/// block; its length is kept by the owner. Freed blocks are used again by size class; free neighbours are joined when
/// half the arena is free. Not synchronised.
/// </summary>
internal sealed class ValueArena
{
    // A handle is a chunk number and an offset in units of 8 bytes. Every block starts on a unit and holds at least
    // one, so a free block can hold the handle of the next free one. A large value is a chunk of its own at offset 0.
    private const int UnitBits = 3;
    private const int OffsetBits = 17;
    private const int ChunksMax = 1 << (32 - OffsetBits);
    private const int ChunkBytesMin = 1024;
    private const int ChunkBytesMax = 1 << (OffsetBits + UnitBits);
    private const int ArrayHeaderBytes = 24;
    private const uint None = uint.MaxValue;
    private const long JoinBytesMin = 256 * 1024;

    private byte[]?[] chunks = [];
    private int chunkCount;
    private uint[]? freeHeads; // by size class
    private Stack<int>? vacant; // chunk numbers that large values gave back
    private int bumpChunk = -1;
    private int bumpOffset;
    private long chunkBytes;
    private long freeBytes; // in blocks on the free lists
    private long freedSinceJoin;

    /// <summary>Memory taken, free blocks included, bytes.</summary>
    internal long UsedBytes =>
        chunkBytes + ((long)chunkCount * ArrayHeaderBytes) + (chunks.Length * 8L)
        + (freeHeads is null ? 0 : (SizeClass.Count * 4) + ArrayHeaderBytes);

    /// <summary>The bytes of a block. Valid until the block is freed or replaced.</summary>
    internal ReadOnlySpan<byte> Read(uint handle, int length) =>
        length == 0 ? default : chunks[handle >> OffsetBits].AsSpan(OffsetOf(handle), length);

    /// <summary>Copies bytes in and returns their handle.</summary>
    /// <exception cref="InvalidOperationException">The arena is full (32 GB); back-pressure must come long before.</exception>
    internal uint Store(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            return 0;
        }

        if (value.Length > SizeClass.BlockBytesMax)
        {
            return StoreLarge(value);
        }

        var handle = Allocate(SizeClass.Of(value.Length));
        value.CopyTo(Block(handle));
        return handle;
    }

    /// <summary>Replaces the bytes of a block, in place where they fit it exactly, and returns their handle.</summary>
    internal uint Replace(uint handle, int length, ReadOnlySpan<byte> value)
    {
        var fits = length != 0 && !value.IsEmpty
            && (length > SizeClass.BlockBytesMax || value.Length > SizeClass.BlockBytesMax
                ? length == value.Length
                : SizeClass.Of(length) == SizeClass.Of(value.Length));
        if (fits)
        {
            value.CopyTo(Block(handle));
            return handle;
        }

        // Stored before the old block is freed: the value may lie in it.
        var stored = Store(value);
        Free(handle, length);
        return stored;
    }

    internal void Free(uint handle, int length)
    {
        if (length == 0)
        {
            return;
        }

        if (length > SizeClass.BlockBytesMax)
        {
            var number = (int)(handle >> OffsetBits);
            chunkBytes -= chunks[number]!.Length;
            chunks[number] = null;
            (vacant ??= new Stack<int>()).Push(number);
            return;
        }

        var sizeClass = SizeClass.Of(length);
        freedSinceJoin += SizeClass.BlockBytes(sizeClass);
        AddFree(handle, sizeClass);
    }

    /// <summary>Forgets everything and gives the memory back.</summary>
    internal void Clear()
    {
        chunks = [];
        chunkCount = 0;
        freeHeads = null;
        vacant = null;
        bumpChunk = -1;
        bumpOffset = 0;
        chunkBytes = freeBytes = freedSinceJoin = 0;
    }

    private static int OffsetOf(uint handle) => (int)(handle & ((1u << OffsetBits) - 1)) << UnitBits;

    private static uint HandleOf(int chunk, int offset) => ((uint)chunk << OffsetBits) | ((uint)offset >> UnitBits);

    private Span<byte> Block(uint handle) => chunks[handle >> OffsetBits].AsSpan(OffsetOf(handle));

    private uint StoreLarge(ReadOnlySpan<byte> value)
    {
        var number = AddChunk(value.Length);
        value.CopyTo(chunks[number]);
        return HandleOf(number, 0);
    }

    private uint Allocate(int sizeClass)
    {
        if (freeHeads is { } heads && heads[sizeClass] != None)
        {
            return TakeFree(sizeClass);
        }

        var bytes = SizeClass.BlockBytes(sizeClass);
        if (bumpChunk < 0 || bumpOffset + bytes > chunks[bumpChunk]!.Length)
        {
            if (freeBytes >= bytes && TrySplitFree(sizeClass, out var handle))
            {
                return handle;
            }

            // Joining walks all that is free, so it must be earned by as much freeing.
            if (freeBytes >= JoinBytesMin && freeBytes > chunkBytes / 2 && freedSinceJoin > chunkBytes / 4)
            {
                JoinFree();
                if (TrySplitFree(sizeClass, out handle))
                {
                    return handle;
                }
            }

            StartChunk(bytes);
        }

        var allocated = HandleOf(bumpChunk, bumpOffset);
        bumpOffset += bytes;
        return allocated;
    }

    private void StartChunk(int bytes)
    {
        var length = ChunkBytesMin;
        if (bumpChunk >= 0)
        {
            var last = chunks[bumpChunk]!.Length;
            AddFreeRange(bumpChunk, bumpOffset, last - bumpOffset);
            length = Math.Min(last * 2, ChunkBytesMax);
        }

        bumpChunk = AddChunk(Math.Max(length, (int)BitOperations.RoundUpToPowerOf2((uint)bytes)));
        bumpOffset = 0;
    }

    private int AddChunk(int length)
    {
        if (vacant is null || !vacant.TryPop(out var number))
        {
            if (chunkCount == ChunksMax)
            {
                throw new InvalidOperationException("Sorted memory is full: its arena has no chunk left.");
            }

            number = chunkCount++;
            if (number == chunks.Length)
            {
                Array.Resize(ref chunks, Math.Max(1, chunks.Length * 2));
            }
        }

        chunks[number] = GC.AllocateUninitializedArray<byte>(length);
        chunkBytes += length;
        return number;
    }

    private uint TakeFree(int sizeClass)
    {
        var handle = freeHeads![sizeClass];
        freeHeads[sizeClass] = MemoryMarshal.Read<uint>(Block(handle));
        freeBytes -= SizeClass.BlockBytes(sizeClass);
        return handle;
    }

    private void AddFree(uint handle, int sizeClass)
    {
        if (freeHeads is null)
        {
            freeHeads = new uint[SizeClass.Count];
            Array.Fill(freeHeads, None);
        }

        MemoryMarshal.Write(Block(handle), freeHeads[sizeClass]);
        freeHeads[sizeClass] = handle;
        freeBytes += SizeClass.BlockBytes(sizeClass);
    }

    /// <summary>Cuts free bytes into the largest blocks they hold.</summary>
    private void AddFreeRange(int chunk, int offset, int length)
    {
        while (length >= SizeClass.BlockBytesMin)
        {
            var sizeClass = SizeClass.Within(length);
            AddFree(HandleOf(chunk, offset), sizeClass);
            var bytes = SizeClass.BlockBytes(sizeClass);
            offset += bytes;
            length -= bytes;
        }
    }

    private bool TrySplitFree(int sizeClass, out uint handle)
    {
        handle = 0;
        var larger = freeHeads.AsSpan(sizeClass).IndexOfAnyExcept(None);
        if (larger < 0)
        {
            return false;
        }

        handle = TakeFree(sizeClass + larger);
        var bytes = SizeClass.BlockBytes(sizeClass);
        AddFreeRange(
            (int)(handle >> OffsetBits), OffsetOf(handle) + bytes, SizeClass.BlockBytes(sizeClass + larger) - bytes);
        return true;
    }

    /// <summary>Joins free neighbours: marks every free unit, then cuts the runs anew. Values stay where they are.</summary>
    private void JoinFree()
    {
        var marks = new ulong[chunkCount][];
        for (var sizeClass = 0; sizeClass < SizeClass.Count; sizeClass++)
        {
            var units = SizeClass.BlockBytes(sizeClass) >> UnitBits;
            for (var handle = freeHeads![sizeClass]; handle != None; handle = MemoryMarshal.Read<uint>(Block(handle)))
            {
                var chunk = (int)(handle >> OffsetBits);
                Mark(marks[chunk] ??= new ulong[(chunks[chunk]!.Length >> (UnitBits + 6)) + 1], OffsetOf(handle) >> UnitBits, units);
            }
        }

        Array.Fill(freeHeads!, None);
        freeBytes = freedSinceJoin = 0;
        for (var chunk = 0; chunk < chunkCount; chunk++)
        {
            if (marks[chunk] is { } free)
            {
                AddRuns(chunk, free);
            }
        }
    }

    private static void Mark(ulong[] marks, int unit, int units)
    {
        while (units > 0)
        {
            var bit = unit & 63;
            var here = Math.Min(units, 64 - bit);
            marks[unit >> 6] |= (ulong.MaxValue >> (64 - here)) << bit;
            unit += here;
            units -= here;
        }
    }

    private void AddRuns(int chunk, ulong[] marks)
    {
        var start = -1;
        for (var word = 0; word < marks.Length; word++)
        {
            var bits = marks[word];
            if ((bits == 0 && start < 0) || (bits == ulong.MaxValue && start >= 0))
            {
                continue;
            }

            for (var bit = 0; bit < 64; bit++)
            {
                var isFree = ((bits >> bit) & 1) != 0;
                if (isFree && start < 0)
                {
                    start = (word << 6) + bit;
                }
                else if (!isFree && start >= 0)
                {
                    AddFreeRange(chunk, start << UnitBits, ((word << 6) + bit - start) << UnitBits);
                    start = -1;
                }
            }
        }
    }
}
