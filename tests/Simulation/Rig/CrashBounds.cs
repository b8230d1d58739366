using Storage.Simulation.Device;
using Storage.Simulation.Oracle;

namespace Storage.Simulation.Rig;

/// <summary>What a store that opens after a crash may and must know, at every index of a trace.</summary>
internal sealed class CrashBounds
{
    private readonly long[] least;
    private readonly long[] most;

    /// <param name="trace">What happened.</param>
    /// <param name="records">The records written during it.</param>
    /// <param name="needs">For each operation, the record that must survive its answer.</param>
    /// <param name="before">Last record that was there before.</param>
    /// <param name="openedLeast">Last record that must survive whatever happens.</param>
    internal CrashBounds(FileTrace trace, IEnumerable<WalkedRecord> records, Dictionary<int, long> needs, long before, long openedLeast)
    {
        var count = trace.Events.Count;
        least = new long[count + 1];
        most = new long[count + 1];
        least[0] = openedLeast;
        most[0] = before;
        foreach (var record in records)
        {
            most[record.WrittenAt] = Math.Max(most[record.WrittenAt], record.Lsn);
        }

        foreach (var (index, mark, operation) in trace.Marks)
        {
            if (mark == TraceMark.Answered)
            {
                least[index] = Math.Max(least[index], needs[operation]);
            }
            else if (mark == TraceMark.Shown)
            {
                least[index] = Math.Max(least[index], operation);
            }
            else if (mark == TraceMark.Opened)
            {
                least[index] = Math.Max(least[index], OpenedAt(index, before));
            }
        }

        for (var i = 1; i <= count; i++)
        {
            least[i] = Math.Max(least[i], least[i - 1]);
            most[i] = Math.Max(most[i], most[i - 1]);
        }

        // Whoever opens shows all that was there, and so must find it again.
        long OpenedAt(int index, long found)
        {
            for (var i = 0; i <= index; i++)
            {
                found = Math.Max(found, most[i]);
            }

            return found;
        }
    }

    /// <summary>Last record that must be there after a crash behind so many events.</summary>
    internal long Least(int index) => least[index];

    /// <summary>Last record that can be there.</summary>
    internal long Most(int index) => most[index];
}
