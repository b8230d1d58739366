using System.Runtime.CompilerServices;
using Storage.Engine;

namespace Storage.Server.Logs;

/// <summary>Reads the events of a stream by time, forwards or backwards, a window at a time.</summary>
internal sealed class EventReader(LogTable table)
{
    private const long MillisMax = 253_402_300_799_999; // The year 9999: no clock says more.

    /// <summary>Events in order.</summary>
    /// <param name="stream">Whose.</param>
    /// <param name="low">The first position wanted.</param>
    /// <param name="high">The first position beyond those wanted.</param>
    /// <param name="descending">The last ones first.</param>
    /// <param name="cancellation">Ends the reading.</param>
    internal async IAsyncEnumerable<LogEvent> ReadAsync(
        LogStream stream,
        EventPosition low,
        EventPosition high,
        bool descending,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (low.CompareTo(high) >= 0 || low.Millis > MillisMax)
        {
            yield break;
        }

        var options = new QueryOptions
        {
            KeyCondition = "pk = :pk AND sk BETWEEN :low AND :high",
            Values = Item.Of(
                (":pk", EventBatch.PartitionKeyOf(stream.Id)),
                (":low", EventBatch.KeyOf(low.Millis)),
                (":high", EventBatch.KeyBehind(Math.Min(high.Millis, MillisMax)))),
            Descending = descending,
        };
        var window = new List<Item>();
        await foreach (var item in table.Store.QueryAsync(LogTable.Name, options, cancellation))
        {
            if (window.Count > 0 && EventBatch.WindowOf(window[0]) != EventBatch.WindowOf(item))
            {
                foreach (var one in Pick(window))
                {
                    yield return one;
                }

                window.Clear();
            }

            window.Add(item);
        }

        foreach (var one in Pick(window))
        {
            yield return one;
        }

        IEnumerable<LogEvent> Pick(List<Item> items)
        {
            var events = EventBatch.Read(items);
            if (descending)
            {
                events.Reverse();
            }

            return events.Where(one => one.Position.CompareTo(low) >= 0 && one.Position.CompareTo(high) < 0);
        }
    }
}
