using Storage.Engine.Files;
using Storage.Engine.Log;

namespace Storage.Simulation.Bugs;

/// <summary>One file of <see cref="BuggyFiles"/>.</summary>
internal sealed class BuggyFile(BuggyFiles files, IStoreFile inner, string name) : IStoreFile
{
    private readonly bool isLog = BuggyFiles.IsLog(name);
    private bool owesSync;

    public long LengthBytes => inner.LengthBytes;

    public int Read(long offset, Span<byte> destination)
    {
        var read = inner.Read(offset, destination);
        if (files.Bug == PlantedBug.RecordChecksumUnchecked && isLog && offset >= SegmentHeader.BlockBytes)
        {
            ForgedChecksums.Records(destination[..read]);
        }

        if (files.Bug == PlantedBug.BlockChecksumUnchecked && BuggyFiles.IsRun(name) && offset + read < inner.LengthBytes)
        {
            ForgedChecksums.Blocks(name, offset, destination[..read]);
        }

        return read;
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        if (files.Bug == PlantedBug.TailNotCut && isLog && offset >= SegmentHeader.BlockBytes && offset + source.Length <= inner.LengthBytes
            && !source.ContainsAnyExcept((byte)0))
        {
            return;
        }

        if (owesSync)
        {
            owesSync = false;
            inner.Sync();
        }

        inner.Write(offset, source);
    }

    public void Sync()
    {
        switch (files.Bug)
        {
            case PlantedBug.LogSyncLeftOut when isLog:
            case PlantedBug.RunSyncLeftOut when BuggyFiles.IsRun(name):
            case PlantedBug.ManifestRenamedBeforeSync when BuggyFiles.IsManifest(name):
                break;
            case PlantedBug.AnswerBeforeSync when isLog:
                owesSync = true;
                break;
            case PlantedBug.FailedSyncTakenForSuccess:
                try
                {
                    inner.Sync();
                }
                catch (IOException)
                {
                }

                break;
            default:
                inner.Sync();
                break;
        }
    }

    public void SetLength(long lengthBytes) => inner.SetLength(lengthBytes);

    public void Dispose() => inner.Dispose();
}
