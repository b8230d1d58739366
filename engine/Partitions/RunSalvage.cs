using System.Buffers.Binary;

namespace Storage.Engine.Partitions;

/// <summary>
/// Finds the blocks of a part of a file whose index is gone. Blocks state their own lengths; behind one that is damaged,
/// every offset is tried until a block with a right checksum begins.
/// </summary>
internal static class RunSalvage
{
    /// <summary>Is shown a data block that is whole, with its offset.</summary>
    internal delegate void DataBlock(in RunBlock block, long offset);

    private const int WindowBytes = 64 * 1024;

    /// <summary>Shows the whole data blocks between two offsets and reports the ranges that hold none.</summary>
    internal static void Run(RunBlockReader reader, long from, long to, Action<RunFinding> found, DataBlock show)
    {
        var window = new Window(reader, to);
        var lostFrom = -1L;
        var at = from;
        while (at < to)
        {
            var block = window.BlockAt(at);
            if (block is null)
            {
                lostFrom = lostFrom < 0 ? at : lostFrom;
                at++;
                continue;
            }

            ReportLost(reader, lostFrom, at, found);
            lostFrom = -1;
            if (RunBlock.KindOf(block) == RunBlockKind.Data)
            {
                show(new RunBlock(block), at);
            }

            at += block.Length;
        }

        ReportLost(reader, lostFrom, to, found);
    }

    private static void ReportLost(RunBlockReader reader, long from, long to, Action<RunFinding> found)
    {
        if (from >= 0)
        {
            found(new RunFinding(reader.Name, from, $"the bytes up to {to} hold no readable block"));
        }
    }

    /// <summary>A moving part of the file, so that trying every offset does not read the file at every offset.</summary>
    private sealed class Window(RunBlockReader reader, long end)
    {
        private readonly byte[] bytes = new byte[WindowBytes];
        private long start;
        private int length;

        /// <summary>The block that begins there; null when none does.</summary>
        internal byte[]? BlockAt(long offset)
        {
            if (offset < start || offset + RunBlock.HeaderBytes > start + length)
            {
                // Where the device fails within the window, a header alone may still be readable.
                start = offset;
                length = TryRead(offset, bytes);
                length = length > 0 ? length : TryRead(offset, bytes.AsSpan(0, RunBlock.HeaderBytes));
            }

            var header = bytes.AsSpan((int)(offset - start), (int)Math.Min(RunBlock.HeaderBytes, start + length - offset));
            if (!IsPlausible(header, end - offset))
            {
                return null;
            }

            var block = new byte[RunBlock.LengthOf(header)];
            return TryRead(offset, block) == block.Length && reader.FaultOf(offset, block) is null ? block : null;
        }

        /// <summary>Bytes read; 0 where the device fails, which the range without a readable block will tell.</summary>
        private int TryRead(long offset, Span<byte> destination)
        {
            try
            {
                return reader.ReadUnverified(offset, destination);
            }
            catch (IOException)
            {
                return 0;
            }
        }

        private static bool IsPlausible(ReadOnlySpan<byte> header, long room)
        {
            if (header.Length < RunBlock.HeaderBytes || !Enum.IsDefined(RunBlock.KindOf(header)))
            {
                return false;
            }

            var blockBytes = RunBlock.LengthOf(header);
            var count = BinaryPrimitives.ReadInt32LittleEndian(header[RunBlock.CountOffset..]);
            return blockBytes >= RunBlock.HeaderBytes && blockBytes <= room && count > 0 && count <= blockBytes;
        }
    }
}
