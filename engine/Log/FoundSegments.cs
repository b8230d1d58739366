using Storage.Engine.Files;

namespace Storage.Engine.Log;

/// <summary>
/// The segment files that an opening finds, checked one by one and against each other. Nothing is changed here; what is
/// left of a creation or a trimming that was cut short is listed, for <see cref="LogTail"/> to remove.
/// </summary>
internal sealed class FoundSegments
{
    private readonly IStoreFiles files;
    private readonly SortedDictionary<int, FoundSegment> found = [];

    private FoundSegments(IStoreFiles files) => this.files = files;

    /// <summary>Sizes and identity of the log; null when there is none yet.</summary>
    internal LogGeometry? Geometry { get; private set; }

    /// <summary>Numbers of the segments of the log, without a gap.</summary>
    internal SortedSet<int> Existing { get; } = [];

    /// <summary>Everything up to here is durable, say the marks; 0 for no mark.</summary>
    internal long DurableLsn { get; private set; }

    /// <summary>Where the mark is that says so: file and offset.</summary>
    internal (string Name, long Offset) DurableMark { get; private set; }

    /// <summary>Names of files that are no part of the log any more, or not yet.</summary>
    internal List<string> Leftovers { get; } = [];

    /// <summary>Looks at every file of a log that is read from a position on; without one, from its first record.</summary>
    /// <exception cref="InvalidDataException">A file is missing, damaged or another log's. The text names it.</exception>
    internal static FoundSegments In(IStoreFiles files, LogOptions options, LogPosition? from)
    {
        var segments = new FoundSegments(files);
        segments.List();
        segments.RequireOneLog(options);
        if (segments.Geometry is { } geometry)
        {
            segments.RequireAll(from is { } position ? geometry.Segment(position.Address - 1) : 0, options);
            segments.AskWitness(geometry);
        }
        else if (segments.found.Values.FirstOrDefault() is { Fault: { } fault })
        {
            throw new InvalidDataException(fault);
        }
        else if (from is not null || options.SaidBy is not null)
        {
            // A log's first segment is durable before any other file names the log.
            throw new InvalidDataException(
                $"There is no segment of the log ({SegmentFiles.NameOf(0)} or a later one), but the store has a log"
                + (from is { } position ? $" that reached record {position.Lsn} at address {position.Address}" : "")
                + $"{SaidBy(options)}. Nothing was changed. Put the files back, or restore the store from a backup.");
        }

        return segments;
    }

    private void List()
    {
        foreach (var name in files.List())
        {
            if (SegmentFiles.TryParse(name, out var segment))
            {
                found.Add(segment, FoundSegment.Read(files, name, segment));
            }
            else if (name.EndsWith(SegmentFiles.BeginningSuffix, StringComparison.Ordinal)
                && SegmentFiles.TryParse(name[..^SegmentFiles.BeginningSuffix.Length], out _))
            {
                Leftovers.Add(name);
            }
        }
    }

    private void RequireOneLog(LogOptions options)
    {
        var before = 0;
        foreach (var (segment, file) in found)
        {
            if (file.Geometry is not { } geometry)
            {
                continue;
            }

            Geometry ??= geometry;
            if (Geometry is { } other && other != geometry)
            {
                throw new InvalidDataException(
                    $"{SegmentFiles.NameOf(segment)} is of log {geometry.InstanceId}, but {SegmentFiles.NameOf(before)} before it is of log "
                    + $"{other.InstanceId}. Nothing was changed. Put back the file that belongs here.");
            }

            before = segment;
        }

        if (Geometry is { } log && options.InstanceId is { } wanted && wanted != log.InstanceId)
        {
            throw new InvalidDataException(
                $"{SegmentFiles.NameOf(before)} is of log {log.InstanceId}, not of this store's log {wanted}{SaidBy(options)}. "
                + "Nothing was changed. Put back the file that belongs here.");
        }
    }

    /// <summary>
    /// A segment is created only when all before it exist durably, so from the first one needed to the last there is no
    /// gap. What is below is left of a trimming, and may be whatever it is.
    /// </summary>
    private void RequireAll(int first, LogOptions options)
    {
        foreach (var segment in found.Keys.Where(segment => segment < first))
        {
            Leftovers.Add(SegmentFiles.NameOf(segment));
        }

        var last = Math.Max(first, found.Keys.Max());
        for (var segment = first; segment <= last; segment++)
        {
            if (!found.TryGetValue(segment, out var file))
            {
                var later = found.Keys.FirstOrDefault(there => there > segment, -1);
                throw Missing(
                    segment,
                    (later >= 0 ? $"{SegmentFiles.NameOf(later)} is there" : "the store holds what was written there")
                    + (segment == first ? SaidBy(options) : ""));
            }

            if (file.Fault is { } fault)
            {
                if (segment > first && segment == last && IsBeginning(file, found[segment - 1]))
                {
                    return;
                }

                throw new InvalidDataException(fault);
            }

            Existing.Add(segment);
            if (file.DurableLsn > DurableLsn)
            {
                DurableLsn = file.DurableLsn;
                DurableMark = (SegmentFiles.NameOf(segment), SegmentMark.Offset(file.DurablePlace));
            }
        }

        if (found[last].HasSuccessor)
        {
            throw Missing(last + 1, $"the mark at offset {SegmentMark.Offset(SegmentMark.SuccessorPlace)} of {SegmentFiles.NameOf(last)} says so");
        }
    }

    private void AskWitness(in LogGeometry geometry)
    {
        var (lsn, offset) = DurableWitness.Read(files, geometry);
        if (lsn > DurableLsn)
        {
            DurableLsn = lsn;
            DurableMark = (DurableWitness.FileName, offset);
        }
    }

    /// <summary>Where a log begins, and which one it is, is read elsewhere; that file may be the wrong one.</summary>
    private static string SaidBy(LogOptions options) => options.SaidBy is { } file ? $", says {file}" : "";

    /// <summary>Builds of version 1 gave a segment its name first, and then its header; nothing was written behind it yet.</summary>
    private static bool IsBeginning(FoundSegment file, FoundSegment before) =>
        file.IsZero && before.Version == SegmentHeader.VersionWithoutMarks && !before.HasSuccessor;

    private static InvalidDataException Missing(int segment, string why) => new(
        $"The log is damaged: {SegmentFiles.NameOf(segment)} is missing. It must be there, as {why}. "
        + "Nothing was changed. Put the file back, or restore the store from a backup.");
}
