using Storage.Engine.Log;

namespace Storage.Engine.Streams;

/// <summary>Places in the log, in order, from where it can be read; those before a checkpoint are forgotten.</summary>
internal sealed class LogMarks
{
    private readonly List<LogPosition> marks = [];

    /// <summary>Address of the last mark; 0 before the first.</summary>
    internal long LastAddress { get; private set; }

    /// <summary>Adds a place behind all others.</summary>
    internal void Add(in LogPosition mark, long checkpointLsn)
    {
        Forget(checkpointLsn);
        marks.Add(mark);
        LastAddress = mark.Address;
    }

    /// <summary>
    /// The last place that is not behind an LSN, the checkpoint when there is none between. <paramref name="nextLsn"/> is
    /// that of the place after it, or the greatest number.
    /// </summary>
    internal LogPosition Find(long lsn, in LogPosition checkpoint, out long nextLsn)
    {
        Forget(checkpoint.Lsn);
        var behind = 0;
        var high = marks.Count;
        while (behind < high)
        {
            var middle = (behind + high) >>> 1;
            if (marks[middle].Lsn > lsn)
            {
                high = middle;
            }
            else
            {
                behind = middle + 1;
            }
        }

        nextLsn = behind < marks.Count ? marks[behind].Lsn : long.MaxValue;
        return behind > 0 ? marks[behind - 1] : checkpoint;
    }

    /// <summary>The LSN of the last place older than a time; 0 when even the checkpoint is not.</summary>
    internal long FindBefore(long timeMicros, in LogPosition checkpoint)
    {
        Forget(checkpoint.Lsn);
        var lsn = checkpoint.TimeMicros < timeMicros ? checkpoint.Lsn : 0;
        foreach (var mark in marks)
        {
            if (mark.TimeMicros >= timeMicros)
            {
                break;
            }

            lsn = mark.Lsn;
        }

        return lsn;
    }

    private void Forget(long checkpointLsn)
    {
        var count = 0;
        while (count < marks.Count && marks[count].Lsn <= checkpointLsn)
        {
            count++;
        }

        if (count > 0)
        {
            marks.RemoveRange(0, count);
        }
    }
}
