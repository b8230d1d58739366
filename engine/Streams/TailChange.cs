using Storage.Engine.Model;
using Storage.Engine.Partitions;

namespace Storage.Engine.Streams;

/// <summary>
/// A change in the tail: a plain value in a ring, its images in a segment that neighbours share. Hundreds of thousands of
/// changes are a few hundred objects to the collector; a reader makes its own <see cref="StreamChange"/>, not the bytes.
/// </summary>
/// <param name="Position">Where the change lies.</param>
/// <param name="TimeMicros">The record's time.</param>
/// <param name="Segment">Holds the new image and, right behind it, the old one; never written again.</param>
/// <param name="Offset">Where the new image begins.</param>
/// <param name="NewBytes">Its length.</param>
/// <param name="OldBytes">That of the old one.</param>
/// <param name="PartitionId">The partition that made it.</param>
/// <param name="Flags">As in the record.</param>
internal readonly record struct TailChange(
    ChangePosition Position,
    long TimeMicros,
    byte[] Segment,
    int Offset,
    int NewBytes,
    int OldBytes,
    uint PartitionId,
    ChangeFlags Flags)
{
    /// <summary>What an entry of a ring takes beside the images.</summary>
    internal const int SizeBytes = 64;

    /// <summary>Memory of the change.</summary>
    internal int Bytes => SizeBytes + NewBytes + OldBytes;

    internal StreamChange ToStreamChange(uint tableId) => new()
    {
        Position = Position,
        TimeMicros = TimeMicros,
        TableId = tableId,
        PartitionId = PartitionId,
        Flags = Flags,
        NewImage = Segment.AsMemory(Offset, NewBytes),
        OldImage = Segment.AsMemory(Offset + NewBytes, OldBytes),
    };
}
