using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Engine.Partitions;

namespace Storage.Engine.Recovery;

/// <summary>
/// What makes up a store: by its manifest, or, when that is damaged or gone, by what the files say of themselves.
/// </summary>
/// <param name="Manifest">Null for a store that has only a log.</param>
/// <param name="IsWhole">False when it was made up from the files: where the log goes on from the runs is not known then.</param>
internal sealed record VerifyManifest(Manifest? Manifest, bool IsWhole)
{
    /// <summary>LSN up to which the runs hold everything.</summary>
    internal long CheckpointLsn => Manifest?.Position.Lsn ?? 0;

    /// <summary>Where the log goes on from the runs; null when only its LSN is known, or the log is all there is.</summary>
    internal LogPosition? Position => IsWhole && Manifest is { Position.Lsn: > 0 } manifest ? manifest.Position : null;

    /// <summary>Reads the manifest, or makes one up.</summary>
    internal static VerifyManifest Read(IStoreFiles files, VerifyFindings findings)
    {
        try
        {
            if (ManifestFile.Read(files) is { } manifest)
            {
                return new VerifyManifest(manifest, true);
            }

            if (!files.List().Any(name => RunWriter.TryParseName(name, out _, out _)))
            {
                return new VerifyManifest(null, true);
            }

            findings.Damage(ManifestFile.Name, null, "The file is missing; the runs are taken by what they say of themselves.");
        }
        catch (Exception damage) when (damage is InvalidDataException or IOException)
        {
            findings.Damage(ManifestFile.Name, 0, damage.Message);
        }

        return new VerifyManifest(MakeUp(files, findings), false);
    }

    /// <summary>
    /// The newest runs that overlap none of a higher level: those that a merge has taken in may not be deleted yet. A run
    /// that a crash kept out of the manifest holds durable changes only, and may be taken too.
    /// </summary>
    private static Manifest? MakeUp(IStoreFiles files, VerifyFindings findings)
    {
        var footers = new List<RunFooter>();
        foreach (var name in files.List())
        {
            if (RunWriter.TryParseName(name, out _, out _))
            {
                if (ReadFooter(files, name) is { } footer && RunWriter.NameOf(footer.Kind, footer.Info.Number) == name)
                {
                    footers.Add(footer);
                }
                else
                {
                    findings.Damage(name, null, "The file's footer is damaged, and no manifest says what the file is.");
                }
            }
        }

        if (footers.Count == 0)
        {
            return null;
        }

        var store = footers.CountBy(footer => footer.Store).MaxBy(pair => pair.Value).Key;
        foreach (var other in footers.Where(footer => footer.Store != store))
        {
            findings.Damage(RunWriter.NameOf(other.Kind, other.Info.Number), null, $"The file is of store {other.Store}, not of {store}.");
        }

        footers.RemoveAll(footer => footer.Store != store);
        var runs = Newest(footers, RunKind.State);
        return new Manifest(
            store,
            0,
            new LogPosition(runs.Select(run => run.LastLsn).DefaultIfEmpty(0).Max(), 0, 0, 0),
            footers.Max(footer => footer.Info.Number) + 1,
            runs,
            Newest(footers, RunKind.History));
    }

    private static RunFooter? ReadFooter(IStoreFiles files, string name)
    {
        try
        {
            using var file = files.Open(name, create: false);
            return RunFooter.TryRead(file);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static List<RunInfo> Newest(List<RunFooter> footers, RunKind kind)
    {
        var infos = footers.Where(footer => footer.Kind == kind).Select(footer => footer.Info).ToList();
        infos.RemoveAll(run => infos.Any(merged =>
            merged.Level > run.Level && merged.FirstLsn <= run.FirstLsn && merged.LastLsn >= run.LastLsn));
        return [.. infos.OrderByDescending(run => run.LastLsn).ThenByDescending(run => run.Number)];
    }
}
