using System.Collections.Immutable;

namespace Storage.Engine.Tables;

/// <summary>
/// The former streams that the catalog has items of, those past their life too until their items are removed. Changed
/// by one thread at a time, the one that follows the catalog; read by any.
/// </summary>
internal sealed class FormerStreams
{
    /// <summary>More are let go of early, the oldest first: nobody's switching on and off may fill the catalog.</summary>
    private const int CountMax = 10_000;

    /// <summary>Items that one record of the catalog removes at most.</summary>
    private const int RemovedMax = 100;

    private ImmutableSortedDictionary<(long DisabledMicros, uint TableId, long LabelMicros), FormerStream> byAge =
        ImmutableSortedDictionary<(long DisabledMicros, uint TableId, long LabelMicros), FormerStream>.Empty;

    /// <summary>All, the first to be switched off first.</summary>
    internal IEnumerable<FormerStream> All => Volatile.Read(ref byAge).Values;

    /// <summary>Those that the next record of the catalog is to remove.</summary>
    internal IReadOnlyList<FormerStream> Removable(long nowMicros)
    {
        var streams = byAge;
        return [.. streams.Values.TakeWhile((stream, at) => !stream.IsKeptAt(nowMicros) || streams.Count - at >= CountMax).Take(RemovedMax)];
    }

    /// <summary>The newest label of a table's former streams; 0 when there are none. Also of earlier tables of that name.</summary>
    internal long LastLabelMicros(string table) =>
        byAge.Values.Where(stream => stream.TableName == table).Select(stream => stream.LabelMicros).DefaultIfEmpty().Max();

    internal void Add(FormerStream stream) =>
        Volatile.Write(ref byAge, byAge.SetItem((stream.DisabledMicros, stream.TableId, stream.LabelMicros), stream));

    /// <summary>Follows the removal of an item by its name.</summary>
    internal void Remove(ReadOnlySpan<byte> name)
    {
        foreach (var (key, stream) in byAge)
        {
            if (name.SequenceEqual(FormerStreamItem.NameOf(stream)))
            {
                Volatile.Write(ref byAge, byAge.Remove(key));
                return;
            }
        }
    }
}
