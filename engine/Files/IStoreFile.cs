namespace Storage.Engine.Files;

/// <summary>One open file: positioned reads and writes, and a sync that waits for the disk.</summary>
internal interface IStoreFile : IDisposable
{
    /// <summary>Length in bytes.</summary>
    long LengthBytes { get; }

    /// <summary>Reads up to <paramref name="destination"/>'s length; returns fewer bytes only at the end of file.</summary>
    int Read(long offset, Span<byte> destination);

    /// <summary>Writes all of <paramref name="source"/>; it survives power loss only after <see cref="Sync"/>.</summary>
    void Write(long offset, ReadOnlySpan<byte> source);

    /// <summary>Returns when everything written so far would survive power loss. Never retried after a failure.</summary>
    /// <exception cref="IOException">The device failed; nobody knows what reached it.</exception>
    void Sync();

    /// <summary>Cuts or extends (with zeros) the file.</summary>
    void SetLength(long lengthBytes);
}
