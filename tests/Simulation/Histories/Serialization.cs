using Storage.Engine;
using Storage.Simulation.Oracle;
using Storage.Simulation.Workload;

namespace Storage.Simulation.Histories;

/// <summary>
/// Looks for an order of all operations, each between its call and its answer, in which every answer is the one that a
/// plain store gives: strict serializability, and of single items linearizability. Operations without an answer may be in
/// the order or not. The search is Wing and Gong's, with the memory of what was tried that Lowe added.
/// </summary>
internal sealed class Serialization
{
    private readonly HistoryCall[] calls;
    private readonly Dictionary<string, int> keys = new(StringComparer.Ordinal);
    private readonly int[][] keysOf;
    private readonly HashSet<(UInt128 Done, int State)> tried = [];

    internal Serialization(IEnumerable<HistoryCall> history)
    {
        calls = [.. history.OrderBy(call => call.From)];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(calls.Length, 128, nameof(history));
        keysOf = Array.ConvertAll(calls, call => call.Operation.Actions.Select(KeyOf).ToArray());
    }

    /// <summary>Orders tried.</summary>
    internal int Steps => tried.Count;

    /// <summary>True when there is such an order.</summary>
    internal bool Exists() => Search(0, new Item?[keys.Count]);

    private int KeyOf(ItemAction action)
    {
        var text = ItemHistory.KeyText(action.Table, action.Key);
        if (!keys.TryGetValue(text, out var key))
        {
            keys[text] = key = keys.Count;
        }

        return key;
    }

    private bool Search(UInt128 done, Item?[] state)
    {
        var first = int.MaxValue;
        for (var i = 0; i < calls.Length; i++)
        {
            if (((done >> i) & 1) == 0)
            {
                first = Math.Min(first, calls[i].Until);
            }
        }

        if (first == HistoryCall.Never)
        {
            return true; // what is left was never answered, and need not have happened
        }

        if (!tried.Add((done, StateHash(state))))
        {
            return false;
        }

        for (var i = 0; i < calls.Length && calls[i].From <= first; i++)
        {
            if (((done >> i) & 1) == 0 && TryStep(i, state) is { } after && Search(done | ((UInt128)1 << i), after))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The state after an operation; null when it would have been answered otherwise.</summary>
    private Item?[]? TryStep(int index, Item?[] state)
    {
        var operation = calls[index].Operation;
        var places = keysOf[index];
        if (operation.Kind is OperationKind.Get or OperationKind.TransactGet)
        {
            for (var i = 0; i < places.Length; i++)
            {
                if (!calls[index].IsPending && !Equals(operation.Found[i], state[places[i]]))
                {
                    return null;
                }
            }

            return state;
        }

        var isMet = true;
        for (var i = 0; i < places.Length; i++)
        {
            isMet &= operation.Actions[i].IsMet(state[places[i]]);
        }

        if (!isMet)
        {
            return calls[index].IsPending || operation.Answer == Answer.Refused ? state : null;
        }

        if (!calls[index].IsPending && (operation.Answer == Answer.Refused || !FoundWhatItDeleted(operation, state[places[0]])))
        {
            return null;
        }

        var after = (Item?[])state.Clone();
        for (var i = 0; i < places.Length; i++)
        {
            after[places[i]] = operation.Actions[i].After(state[places[i]], operation.Id);
        }

        return after;
    }

    private static bool FoundWhatItDeleted(Operation operation, Item? old) =>
        operation.Kind != OperationKind.Write || operation.Actions[0].Kind != ActionKind.Delete || Equals(operation.Found[0], old);

    private static int StateHash(Item?[] state)
    {
        var hash = default(HashCode);
        foreach (var item in state)
        {
            hash.Add(item);
        }

        return hash.ToHashCode();
    }
}
