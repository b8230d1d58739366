using Storage.Engine.Files;
using Storage.Simulation.Device;
using Storage.Simulation.Oracle;

namespace Storage.Simulation.Rig;

/// <summary>Opens images and holds what is found against the model.</summary>
internal sealed class ImageLook(TimeProvider time, RecordFold fold, CrashBounds bounds, Func<IStoreFiles, IStoreFiles>? wrap)
{
    /// <summary>Last record that the image opened last ended with.</summary>
    internal long Lsn { get; private set; }

    /// <summary>Says what is wrong with an image of a crash behind so many events, or null.</summary>
    internal string? Check(SimulatedFiles image, int index)
    {
        try
        {
            (Lsn, var digest) = SimulatedStore.Look(wrap?.Invoke(image) ?? image, time);
            return Lsn < bounds.Least(index) ? $"ends with record {Lsn}, but {bounds.Least(index)} was acknowledged"
                : Lsn > bounds.Most(index) ? $"ends with record {Lsn}, but only {bounds.Most(index)} were written"
                : digest != fold.Digest(Lsn) ? $"ends with record {Lsn}, but does not hold what was there then"
                : null;
        }
        catch (Exception refusal) when (refusal is IOException or InvalidDataException or InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            return $"does not open: {refusal.Message}";
        }
    }

    /// <summary>An image as it was before it was opened, with what it may show.</summary>
    internal ImageDump Dump(SimulatedFiles image, int index)
    {
        var least = bounds.Least(index);
        return new ImageDump(
            [.. image.Contents.Select(file => (file.Name, file.Content.Bytes.ToArray()))],
            time.GetUtcNow(),
            [.. Enumerable.Range((int)least, (int)(bounds.Most(index) - least) + 1).Select(lsn => ((long)lsn, fold.Digest(lsn)))]);
    }
}
