using Storage.Engine.Files;

namespace Storage.Simulation.Device;

/// <summary>One open handle of a file of <see cref="SimulatedFiles"/>. Closing it syncs nothing.</summary>
internal sealed class SimulatedFile(SimulatedFiles files, string name, FileContent content) : IStoreFile
{
    public long LengthBytes
    {
        get
        {
            lock (files.Gate)
            {
                return content.Length;
            }
        }
    }

    public int Read(long offset, Span<byte> destination)
    {
        files.Enter(DeviceCall.Read, name);
        lock (files.Gate)
        {
            return content.Read(offset, destination);
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        var fault = files.Enter(DeviceCall.Write, name, isTornAllowed: true);
        lock (files.Gate)
        {
            files.ThrowIfDead();
            var bytes = fault is null ? source.Length : source.Length / 2 / FileContent.SectorBytes * FileContent.SectorBytes;
            var growth = Math.Max(0, offset + bytes - content.Length);
            var taken = growth == 0 ? 0 : files.TakeSpace(growth);
            var written = source[..(int)Math.Max(0, bytes - (growth - taken))];
            if (!written.IsEmpty)
            {
                content.Write(offset, written);
                files.Trace?.Add(new TraceEvent(TraceKind.Write, content.Number, name, Offset: offset, Bytes: written.ToArray()));
            }

            if (taken < growth)
            {
                throw new IOException($"No space left on device: {name}");
            }
        }

        if (fault is not null)
        {
            throw SimulatedFiles.Failure("write", name);
        }
    }

    public void Sync()
    {
        var since = files.Trace?.Count ?? 0;
        var fault = files.Enter(DeviceCall.Sync, name, isTornAllowed: true);
        lock (files.Gate)
        {
            files.ThrowIfDead();
            files.Trace?.Add(new TraceEvent(
                fault is null ? TraceKind.Sync : TraceKind.FailedSync, content.Number, name, Since: since));
        }

        if (fault is not null)
        {
            throw SimulatedFiles.Failure("sync", name);
        }
    }

    public void SetLength(long lengthBytes)
    {
        files.Enter(DeviceCall.Write, name);
        lock (files.Gate)
        {
            files.ThrowIfDead();
            var growth = Math.Max(0, lengthBytes - content.Length);
            if (growth > 0 && files.TakeSpace(growth) < growth)
            {
                throw new IOException($"No space left on device: {name}");
            }

            content.SetLength(lengthBytes);
            files.Trace?.Add(new TraceEvent(TraceKind.SetLength, content.Number, name, Offset: lengthBytes));
        }
    }

    public void Dispose()
    {
    }
}
