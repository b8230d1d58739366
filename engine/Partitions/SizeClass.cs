using System.Numerics;

namespace Storage.Engine.Partitions;

/// <summary>
/// The block sizes of a <see cref="ValueArena"/>: steps of 8 bytes up to 128, then sixteen steps to each doubling, so a
/// block is at most a sixteenth larger than what it holds.
/// </summary>
internal static class SizeClass
{
    /// <summary>The largest block; what is larger gets an array of its own.</summary>
    internal const int BlockBytesMax = 128 * 1024;

    internal const int BlockBytesMin = 8;

    internal const int Count = 16 + (16 * 10);

    /// <summary>The smallest class that holds this many bytes, 1 to <see cref="BlockBytesMax"/>.</summary>
    internal static int Of(int bytes)
    {
        if (bytes <= 128)
        {
            return (bytes - 1) >> 3;
        }

        var power = BitOperations.Log2((uint)(bytes - 1));
        return 16 + ((power - 7) << 4) + ((bytes - 1 - (1 << power)) >> (power - 4));
    }

    /// <summary>Bytes of a block of this class.</summary>
    internal static int BlockBytes(int sizeClass)
    {
        if (sizeClass < 16)
        {
            return (sizeClass + 1) << 3;
        }

        var power = ((sizeClass - 16) >> 4) + 7;
        return (1 << power) + (((sizeClass & 15) + 1) << (power - 4));
    }

    /// <summary>The largest class whose block is not larger than this many bytes, at least <see cref="BlockBytesMin"/>.</summary>
    internal static int Within(int bytes)
    {
        var sizeClass = Of(Math.Min(bytes, BlockBytesMax));
        return BlockBytes(sizeClass) > bytes ? sizeClass - 1 : sizeClass;
    }
}
