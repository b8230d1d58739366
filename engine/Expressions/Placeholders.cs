using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>
/// ExpressionAttributeNames and ExpressionAttributeValues of one request, and what its expressions made of them.
/// Copies what it is given. Not thread-safe; rent one, dispose it when the request is done. Bound expressions read
/// from here and end with it.
/// </summary>
internal sealed class Placeholders : IDisposable
{
    private const int PooledBytesMax = 256 * 1024;
    private const int PooledEntriesMax = 4096;
    private const int PooledMax = 256;

    private static readonly ConcurrentQueue<Placeholders> Pool = new();

    private readonly PlaceholderTable names = new("ExpressionAttributeNames", (byte)'#');
    private readonly PlaceholderTable values = new("ExpressionAttributeValues", (byte)':');
    private int[] slots = new int[32];
    private int slotCount;

    internal int NameCount => names.Count;

    internal int ValueCount => values.Count;

    internal static Placeholders Rent()
    {
        if (Pool.TryDequeue(out var placeholders))
        {
            placeholders.Clear();
            return placeholders;
        }

        return new Placeholders();
    }

    /// <summary>Gives it back; nothing bound to it may be used any more.</summary>
    public void Dispose()
    {
        if (names.BufferBytes + values.BufferBytes <= PooledBytesMax
            && names.Count + values.Count + slots.Length <= PooledEntriesMax
            && Pool.Count < PooledMax)
        {
            Pool.Enqueue(this);
        }
    }

    internal void Clear()
    {
        names.Clear();
        values.Clear();
        slotCount = 0;
    }

    /// <summary>Defines a placeholder such as <c>#n</c>; a repeated one replaces the first.</summary>
    /// <exception cref="DynamoDbException">Not a placeholder, or more than 2 MB in all.</exception>
    internal void AddName(ReadOnlySpan<byte> placeholder, ReadOnlySpan<byte> attributeName)
    {
        names.Add(placeholder, attributeName);
        CheckSize();
    }

    /// <summary>Defines a placeholder such as <c>:v</c> as a value that is encoded already.</summary>
    /// <exception cref="DynamoDbException">Not a placeholder, or more than 2 MB in all.</exception>
    internal void AddValue(ReadOnlySpan<byte> placeholder, ReadOnlySpan<byte> encodedValue)
    {
        values.Add(placeholder, encodedValue);
        CheckSize();
    }

    internal bool TryGetName(ReadOnlySpan<byte> placeholder, out ReadOnlySpan<byte> attributeName) =>
        names.TryGet(placeholder, out attributeName);

    internal bool TryGetValue(ReadOnlySpan<byte> placeholder, out ReadOnlySpan<byte> encodedValue) =>
        values.TryGet(placeholder, out encodedValue);

    /// <summary>To be called when every expression of the request is bound.</summary>
    /// <exception cref="DynamoDbException">A definition that no expression used.</exception>
    internal void ThrowIfUnused()
    {
        names.ThrowIfUnused();
        values.ThrowIfUnused();
    }

    /// <summary>Binds an expression's placeholders: marks them used, remembers where each of them lies.</summary>
    /// <exception cref="DynamoDbException">The expression uses an undefined placeholder.</exception>
    internal Bindings Bind(ParsedExpression expression)
    {
        var uses = expression.Uses;
        var first = Reserve(uses.Length + expression.Targets.Length);
        for (var i = 0; i < uses.Length; i++)
        {
            var token = expression.Text.AsSpan(uses[i].Start, uses[i].Length);
            var entry = (uses[i].IsName ? names : values).Use(token);
            if (entry < 0)
            {
                ThrowUndefined(expression.Kind, uses[i].IsName, token);
            }

            slots[first + i] = entry;
        }

        return new Bindings(expression, this, first);
    }

    internal ReadOnlySpan<byte> NameAt(int slot) => names.Content(slots[slot]);

    internal ReadOnlySpan<byte> ValueAt(int slot) => values.Content(slots[slot]);

    internal Span<int> Slots(int first, int count) => slots.AsSpan(first, count);

    private int Reserve(int count)
    {
        var first = slotCount;
        slotCount += count;
        if (slotCount > slots.Length)
        {
            Array.Resize(ref slots, Math.Max(slotCount, slots.Length * 2));
        }

        return first;
    }

    /// <summary>The text is ours; AWS's is not known.</summary>
    private void CheckSize()
    {
        if (names.ContentBytes + values.ContentBytes > ExpressionLimits.SubstitutionBytesMax)
        {
            throw DynamoDbException.Validation(
                "The size of ExpressionAttributeNames and ExpressionAttributeValues has exceeded the maximum "
                    + "allowed size");
        }
    }

    [DoesNotReturn]
    private static void ThrowUndefined(ExpressionKind kind, bool isName, ReadOnlySpan<byte> token) =>
        throw (isName ? ExpressionError.UndefinedName(kind, token) : ExpressionError.UndefinedValue(kind, token));
}
