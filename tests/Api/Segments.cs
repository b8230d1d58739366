using System.Buffers;

namespace Storage.Tests.Api;

/// <summary>Bytes cut into several pieces, as they arrive from a pipe.</summary>
internal sealed class Segments : ReadOnlySequenceSegment<byte>
{
    private Segments(ReadOnlyMemory<byte> memory, long start)
    {
        Memory = memory;
        RunningIndex = start;
    }

    /// <summary>The bytes in two pieces.</summary>
    internal static ReadOnlySequence<byte> SplitAt(byte[] bytes, int position) => Cut(bytes, [position]);

    /// <summary>The bytes in pieces of one byte each.</summary>
    internal static ReadOnlySequence<byte> Single(byte[] bytes) => Cut(bytes, Enumerable.Range(1, Math.Max(bytes.Length - 1, 0)));

    private static ReadOnlySequence<byte> Cut(byte[] bytes, IEnumerable<int> positions)
    {
        Segments? first = null;
        Segments? last = null;
        var start = 0;
        foreach (var end in positions.Append(bytes.Length))
        {
            var next = new Segments(bytes.AsMemory(start, end - start), start);
            first ??= next;
            last?.Next = next;
            last = next;
            start = end;
        }

        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }
}
