using System.Buffers;

namespace Storage.Engine.Log;

/// <summary>
/// A record being built: room for the log's header, then participants, then the body. Reusable: <see cref="Reset"/>
/// starts the next one. Implements <see cref="IBufferWriter{T}"/> for the body. Participants come before any body byte.
/// </summary>
internal sealed class RecordBuilder : IBufferWriter<byte>
{
    private byte[] buffer = new byte[1024];
    private int length = HeaderBytesMax;

    /// <summary>Room kept in front for the log's own header.</summary>
    internal const int HeaderBytesMax = 96;

    internal RecordKind Kind { get; set; } = RecordKind.Changes;

    internal int ParticipantCount { get; private set; }

    /// <summary>Participants, then body.</summary>
    internal ReadOnlySpan<byte> Payload => buffer.AsSpan(HeaderBytesMax, length - HeaderBytesMax);

    /// <summary>The last <paramref name="headerBytes"/> of the header room and the payload, as one span for the log.</summary>
    internal Span<byte> Framed(int headerBytes) =>
        buffer.AsSpan(HeaderBytesMax - headerBytes, length - HeaderBytesMax + headerBytes);

    internal int PayloadBytes => length - HeaderBytesMax;

    internal void Reset()
    {
        length = HeaderBytesMax;
        ParticipantCount = 0;
        Kind = RecordKind.Changes;
    }

    internal void AddParticipant(Participant participant)
    {
        participant.Write(GetSpan(Participant.SizeBytes));
        Advance(Participant.SizeBytes);
        ParticipantCount++;
    }

    /// <summary>Bytes already written, for back-patching a length; the offset counts within <see cref="Payload"/>.</summary>
    internal Span<byte> At(int payloadOffset) => buffer.AsSpan(HeaderBytesMax + payloadOffset, PayloadBytes - payloadOffset);

    public void Advance(int count) => length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(sizeHint);
        return buffer.AsMemory(length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(sizeHint);
        return buffer.AsSpan(length);
    }

    private void Grow(int sizeHint)
    {
        var needed = length + Math.Max(sizeHint, 1);
        if (needed > buffer.Length)
        {
            Array.Resize(ref buffer, Math.Max(needed, buffer.Length * 2));
        }
    }
}
