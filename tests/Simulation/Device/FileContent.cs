namespace Storage.Simulation.Device;

/// <summary>
/// What a running process sees of a file. Content handed over as shared is copied before the first change, so that many
/// crash images can stand on the same bytes. Not synchronised: the device's gate guards it.
/// </summary>
internal sealed class FileContent
{
    /// <summary>What a device writes or loses as a whole.</summary>
    internal const int SectorBytes = 512;

    private byte[] bytes;
    private bool shared;

    internal FileContent(int number, byte[] bytes, int length, bool shared)
    {
        Number = number;
        this.bytes = bytes;
        this.shared = shared;
        Length = length;
    }

    internal int Number { get; }

    internal int Length { get; private set; }

    internal ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, Length);

    internal int Read(long offset, Span<byte> destination)
    {
        var count = (int)Math.Clamp(Length - offset, 0, destination.Length);
        bytes.AsSpan((int)Math.Min(offset, Length), count).CopyTo(destination);
        return count;
    }

    internal void Write(long offset, ReadOnlySpan<byte> source)
    {
        var end = checked((int)(offset + source.Length));
        Own(end);
        source.CopyTo(bytes.AsSpan((int)offset));
        Length = Math.Max(Length, end);
    }

    internal void SetLength(long length)
    {
        var wanted = checked((int)length);
        Own(wanted);
        if (wanted < Length)
        {
            bytes.AsSpan(wanted, Length - wanted).Clear();
        }

        Length = wanted;
    }

    /// <summary>Makes the array this content's own and large enough. Bytes behind the length are zero.</summary>
    private void Own(int needed)
    {
        if (needed > bytes.Length)
        {
            var grown = new byte[Math.Max(needed, Math.Min(bytes.Length * 2, bytes.Length + (1 << 20)))];
            bytes.AsSpan(0, Length).CopyTo(grown);
            bytes = grown;
        }
        else if (shared)
        {
            bytes = bytes.AsSpan(0, Math.Max(needed, Length)).ToArray();
        }

        shared = false;
    }
}
