using System.Buffers.Binary;
using System.IO.Hashing;
using Storage.Engine.Log;
using Storage.Engine.Partitions;
using Storage.Simulation.Rig;

namespace Storage.Simulation.Bugs;

/// <summary>Makes damage look whole, as it does to whoever compares no checksums.</summary>
internal static class ForgedChecksums
{
    private const int PayloadHashOffset = 40;
    private const int ChecksumOffset = 56;

    /// <summary>Gives the records of a log page checksums that fit what is there. Fragments are left alone.</summary>
    internal static void Records(Span<byte> page)
    {
        var geometry = SimulatedStore.Geometry;
        for (var at = 0; at + LogGeometry.EntryLengthBytes < page.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(page[at..]);
            if (length <= 0 || length > page.Length - at - LogGeometry.EntryLengthBytes)
            {
                // The first page of a log begins behind bytes that are not used.
                if (at != 0 || length != 0)
                {
                    return;
                }

                at = (int)LogGeometry.FirstAddress;
                continue;
            }

            var entry = page.Slice(at + LogGeometry.EntryLengthBytes, length);
            if (RecordHeader.TryRead(entry, geometry.Seed, out var header) && header.PayloadBytes == length - RecordHeader.SizeBytes)
            {
                var hash = XxHash3.HashToUInt64(entry[RecordHeader.SizeBytes..]);
                BinaryPrimitives.WriteUInt64LittleEndian(entry[PayloadHashOffset..], hash);
                BinaryPrimitives.WriteUInt64LittleEndian(
                    entry[ChecksumOffset..], XxHash3.HashToUInt64(entry[..ChecksumOffset], geometry.Seed));
            }

            at += LogGeometry.EntryBytes(length);
        }
    }

    /// <summary>Gives the whole blocks in a part of a run checksums that fit what is there.</summary>
    internal static void Blocks(string name, long offset, Span<byte> part)
    {
        if (!RunWriter.TryParseName(name, out _, out var number))
        {
            return;
        }

        var checksum = new RunChecksum(SimulatedStore.Geometry.InstanceId, number);
        for (var at = 0; part.Length - at >= RunBlock.HeaderBytes;)
        {
            var length = RunBlock.LengthOf(part[at..]);
            if (length < RunBlock.HeaderBytes || length > part.Length - at)
            {
                return;
            }

            checksum.Stamp(offset + at, part.Slice(at, length));
            at += length;
        }
    }
}
