using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>
/// One request's placeholders of one sort, with what they stand for, in one buffer. A few are searched one by one;
/// more get a hash table, so that no request costs more than its length.
/// </summary>
internal sealed class PlaceholderTable(string member, byte sign)
{
    private const int SearchedMax = 8;
    private byte[] buffer = new byte[512];
    private Entry[] entries = new Entry[8];

    // Open addressing, entry number plus one; empty while there are few entries.
    private int[] buckets = [];
    private int bucketsUsed;
    private int used;

    internal int Count { get; private set; }

    /// <summary>Bytes of tokens and contents together.</summary>
    internal int ContentBytes => used;

    internal int BufferBytes => buffer.Length;

    internal void Clear()
    {
        Count = 0;
        used = 0;
        bucketsUsed = 0;
    }

    /// <exception cref="DynamoDbException">Not a placeholder.</exception>
    internal void Add(ReadOnlySpan<byte> token, ReadOnlySpan<byte> content)
    {
        CheckSyntax(token);
        var position = Find(token);
        if (position < 0)
        {
            if (Count == entries.Length)
            {
                Array.Resize(ref entries, Count * 2);
            }

            position = Count++;
            var tokenStart = Append(token);
            entries[position] = new Entry(tokenStart, token.Length, Append(content), content.Length, false);
            Index(position);
            return;
        }

        var entry = entries[position];
        entries[position] = entry with { ContentStart = Append(content), ContentLength = content.Length };
    }

    /// <summary>Finds an entry and marks it used; -1 when there is none.</summary>
    internal int Use(ReadOnlySpan<byte> token)
    {
        var position = Find(token);
        if (position >= 0 && !entries[position].Used)
        {
            entries[position] = entries[position] with { Used = true };
        }

        return position;
    }

    internal bool TryGet(ReadOnlySpan<byte> token, out ReadOnlySpan<byte> content)
    {
        var position = Find(token);
        content = position < 0 ? default : Content(position);
        return position >= 0;
    }

    internal ReadOnlySpan<byte> Content(int position) =>
        buffer.AsSpan(entries[position].ContentStart, entries[position].ContentLength);

    /// <exception cref="DynamoDbException">An entry that was not used. Source: captured from DynamoDB.</exception>
    internal void ThrowIfUnused()
    {
        for (var i = 0; i < Count; i++)
        {
            if (!entries[i].Used)
            {
                throw DynamoDbException.Validation(
                    $"Value provided in {member} unused in expressions: keys: {{{UnusedTokens()}}}");
            }
        }
    }

    private string UnusedTokens() => string.Join(
        ", ",
        entries.Take(Count).Where(entry => !entry.Used).Select(
            entry => ExpressionError.Utf8(buffer.AsSpan(entry.TokenStart, entry.TokenLength))));

    private void CheckSyntax(ReadOnlySpan<byte> token)
    {
        if (!Lexer.IsPlaceholder(token, sign))
        {
            throw DynamoDbException.Validation(
                $"{member} contains invalid key: Syntax error; key: \"{ExpressionError.Utf8(token)}\"");
        }

        if (token.Length > ExpressionLimits.PlaceholderBytesMax)
        {
            // The limit is AWS's, the wording ours.
            throw DynamoDbException.Validation(
                $"{member} contains invalid key: Key size has exceeded the maximum allowed size; key size: "
                    + $"{token.Length}");
        }
    }

    private int Find(ReadOnlySpan<byte> token)
    {
        if (Count <= SearchedMax)
        {
            for (var i = 0; i < Count; i++)
            {
                if (TokenOf(i).SequenceEqual(token))
                {
                    return i;
                }
            }

            return -1;
        }

        for (var bucket = Bucket(token); buckets[bucket] != 0; bucket = (bucket + 1) & (bucketsUsed - 1))
        {
            var position = buckets[bucket] - 1;
            if (TokenOf(position).SequenceEqual(token))
            {
                return position;
            }
        }

        return -1;
    }

    private void Index(int position)
    {
        if (Count <= SearchedMax)
        {
            return;
        }

        // At most half full, so that a search ends soon.
        if (Count * 2 > bucketsUsed)
        {
            bucketsUsed = Math.Max(bucketsUsed * 2, SearchedMax * 8);
            if (buckets.Length < bucketsUsed)
            {
                buckets = new int[bucketsUsed];
            }

            buckets.AsSpan(0, bucketsUsed).Clear();
            for (var i = 0; i < position; i++)
            {
                Place(i);
            }
        }

        Place(position);
    }

    private void Place(int position)
    {
        var bucket = Bucket(TokenOf(position));
        while (buckets[bucket] != 0)
        {
            bucket = (bucket + 1) & (bucketsUsed - 1);
        }

        buckets[bucket] = position + 1;
    }

    private int Bucket(ReadOnlySpan<byte> token)
    {
        var hash = default(HashCode);
        hash.AddBytes(token);
        return hash.ToHashCode() & (bucketsUsed - 1);
    }

    private ReadOnlySpan<byte> TokenOf(int position) =>
        buffer.AsSpan(entries[position].TokenStart, entries[position].TokenLength);

    private int Append(ReadOnlySpan<byte> bytes)
    {
        if (buffer.Length - used < bytes.Length)
        {
            Array.Resize(ref buffer, Math.Max(used + bytes.Length, buffer.Length * 2));
        }

        bytes.CopyTo(buffer.AsSpan(used));
        used += bytes.Length;
        return used - bytes.Length;
    }

    private readonly record struct Entry(
        int TokenStart, int TokenLength, int ContentStart, int ContentLength, bool Used);
}
