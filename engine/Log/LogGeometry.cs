namespace Storage.Engine.Log;

/// <summary>
/// Sizes of a log and the arithmetic of its addresses. An address counts bytes from the start of the log through all
/// segments; pages and segments are ranges of addresses. Entries are FasterLog's: a length (i32), that many bytes,
/// padding to 4; none crosses a page, and a length of zero means that the rest of its page is unused.
/// </summary>
internal readonly record struct LogGeometry(int PageSizeBits, int SegmentSizeBits, Guid InstanceId, long Seed)
{
    internal const int PageSizeBitsMin = 12;
    internal const int PageSizeBitsMax = 24;
    internal const int SegmentSizeBitsMax = 30;

    /// <summary>Address of the first entry: FasterLog leaves the first 64 bytes of the log unused.</summary>
    internal const long FirstAddress = 64;

    /// <summary>Bytes of an entry's length.</summary>
    internal const int EntryLengthBytes = 4;

    /// <summary>Largest payload of a record. Source: a transaction's 4 MB, old and new images, in twenty indexes.</summary>
    internal const int PayloadBytesMax = 256 * 1024 * 1024;

    internal int PageBytes => 1 << PageSizeBits;

    internal long SegmentBytes => 1L << SegmentSizeBits;

    /// <summary>
    /// Largest content of an entry. Four of these fill a page exactly: longer records go in fragments, so that the end
    /// of a page that an entry did not fit wastes at most a quarter of it.
    /// </summary>
    internal int EntryBytesMax => (PageBytes / 4) - EntryLengthBytes;

    /// <summary>Bytes of a record in one fragment.</summary>
    internal int FragmentBytesMax => EntryBytesMax - FragmentHeader.SizeBytes;

    internal long PageStart(long address) => address & -PageBytes;

    internal int OffsetInPage(long address) => (int)(address & (PageBytes - 1));

    internal int Segment(long address) => (int)(address >> SegmentSizeBits);

    /// <summary>Bytes an entry takes on its page.</summary>
    internal static int EntryBytes(int contentBytes) => EntryLengthBytes + ((contentBytes + 3) & ~3);
}
