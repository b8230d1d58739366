using Storage.Engine.Files;
using Storage.Simulation.Device;
using Storage.Simulation.Oracle;

namespace Storage.Simulation.Rig;

/// <summary>Opens images and holds what is found against the model.</summary>
internal sealed class ImageLook(Func<int, DateTimeOffset> timeAt, RecordFold fold, CrashBounds bounds, Func<IStoreFiles, IStoreFiles>? wrap)
{
    private readonly SimulatedClock time = new();

    /// <summary>Last record that the image opened last ended with.</summary>
    internal long Lsn { get; private set; }

    /// <summary>Says what is wrong with an image of a crash behind so many events, or null.</summary>
    internal string? Check(SimulatedFiles image, int index)
    {
        try
        {
            time.Now = timeAt(index);
            var found = Look(image);
            Lsn = found.Lsn;
            return Lsn < bounds.Least(index) ? $"ends with record {Lsn}, but {bounds.Least(index)} was acknowledged"
                : Lsn > bounds.Most(index) ? $"ends with record {Lsn}, but only {bounds.Most(index)} were written"
                : Compare(found);
        }
        catch (Exception refusal)
        {
            return $"does not open: {(refusal is IOException or InvalidDataException ? refusal.Message : refusal)}";
        }
    }

    /// <summary>
    /// Says what is wrong with an image one bit of whose runs was turned, or null. To refuse it is right, and so is to
    /// hold all the same what must be there.
    /// </summary>
    internal string? CheckDamaged(SimulatedFiles image)
    {
        try
        {
            return Compare(Look(image)) is { } wrong ? $"opens, although one bit was turned, and {wrong}" : null;
        }
        catch (IOException)
        {
            return null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
        catch (Exception failure)
        {
            return $"fails, as one bit was turned: {failure}";
        }
    }

    private FoundContent Look(SimulatedFiles image) => SimulatedStore.Look(wrap?.Invoke(image) ?? image, time, fold.Streamed(fold.Lsn));

    private string? Compare(FoundContent found) =>
        found.Digest != fold.Digest(found.Lsn) ? $"ends with record {found.Lsn}, but does not hold what was there then"
        : found.HistoryDigest != fold.HistoryDigest(found.CheckpointLsn, found.KeptSinceMicros)
            ? $"lacks past changes up to record {found.CheckpointLsn}"
        : CompareFeeds(found);

    /// <summary>Each stream shows exactly the changes of the records that are left, each once, in their order.</summary>
    private string? CompareFeeds(FoundContent found)
    {
        foreach (var (table, digest, count) in found.Feeds)
        {
            var expected = fold.FeedDigest(table, found.Lsn, found.KeptSinceMicros);
            if ((digest, count) != expected)
            {
                return $"ends with record {found.Lsn}, but of the {expected.Count} changes of table {table} its stream shows {count}, or others";
            }
        }

        return null;
    }

    /// <summary>An image as it was before it was opened, with what it may show.</summary>
    internal ImageDump Dump(SimulatedFiles image, int index)
    {
        var least = bounds.Least(index);
        return new ImageDump(
            [.. image.Contents.Select(file => (file.Name, file.Content.Bytes.ToArray()))],
            timeAt(index),
            [.. Enumerable.Range((int)least, (int)Math.Max(0, bounds.Most(index) - least + 1)).Select(lsn => ((long)lsn, fold.Digest(lsn)))]);
    }
}
