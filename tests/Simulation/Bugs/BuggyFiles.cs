using Storage.Engine.Files;

namespace Storage.Simulation.Bugs;

/// <summary>Files as a store would use them if it had a bug.</summary>
internal sealed class BuggyFiles(IStoreFiles inner, PlantedBug bug) : IStoreFiles
{
    private bool skipsDirectorySync;

    internal PlantedBug Bug => bug;

    public IStoreFile Open(string name, bool create)
    {
        return new BuggyFile(this, inner.Open(name, create), name);
    }

    public bool Exists(string name) => inner.Exists(name);

    public IReadOnlyList<string> List() => inner.List();

    public void Delete(string name) => inner.Delete(name);

    public void Rename(string from, string to)
    {
        inner.Rename(from, to);
        if (bug == PlantedBug.ManifestRenamedBeforeSync)
        {
            using var late = inner.Open(to, create: false);
            late.Sync();
        }

        // The segment that every log begins with is left alone: without it there is no store to lose.
        skipsDirectorySync |= bug switch
        {
            PlantedBug.ManifestNameSyncLeftOut => IsManifest(to),
            PlantedBug.SegmentNameSyncLeftOut => IsLog(to) && inner.List().Count(IsLog) > 1,
            _ => false,
        };
    }

    public void SyncDirectory()
    {
        if (!skipsDirectorySync)
        {
            inner.SyncDirectory();
        }

        skipsDirectorySync = false;
    }

    internal static bool IsLog(string name) => name.EndsWith(".log", StringComparison.Ordinal);

    internal static bool IsRun(string name) => name.EndsWith(".run", StringComparison.Ordinal);

    internal static bool IsManifest(string name) => name.StartsWith("MANIFEST", StringComparison.Ordinal);
}
