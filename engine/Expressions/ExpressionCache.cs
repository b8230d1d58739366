using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>
/// Parsed expressions by kind and text. Bounded and safe for any number of threads without a lock: a table of small
/// rows, in which a new tree displaces an old one by turns. A hit allocates nothing; two threads that miss together
/// parse twice and either tree serves. What cannot be parsed is not kept.
/// </summary>
internal sealed class ExpressionCache
{
    private const int Rows = 256;
    private const int RowEntries = 4;

    private readonly Entry?[] entries = new Entry?[Rows * RowEntries];
    private int turn;

    /// <exception cref="DynamoDbException">The text is no condition.</exception>
    internal ConditionExpression Condition(ReadOnlySpan<byte> text) =>
        (ConditionExpression)Get(ExpressionKind.ConditionExpression, text);

    /// <exception cref="DynamoDbException">The text is no condition.</exception>
    internal ConditionExpression Filter(ReadOnlySpan<byte> text) =>
        (ConditionExpression)Get(ExpressionKind.FilterExpression, text);

    /// <exception cref="DynamoDbException">The text is no condition.</exception>
    internal KeyConditionExpression KeyCondition(ReadOnlySpan<byte> text) =>
        (KeyConditionExpression)Get(ExpressionKind.KeyConditionExpression, text);

    /// <exception cref="DynamoDbException">The text is no update.</exception>
    internal UpdateExpression Update(ReadOnlySpan<byte> text) =>
        (UpdateExpression)Get(ExpressionKind.UpdateExpression, text);

    /// <exception cref="DynamoDbException">The text is no list of paths.</exception>
    internal ProjectionExpression Projection(ReadOnlySpan<byte> text) =>
        (ProjectionExpression)Get(ExpressionKind.ProjectionExpression, text);

    private ParsedExpression Get(ExpressionKind kind, ReadOnlySpan<byte> text)
    {
        // Before hashing: nothing longer is ever kept.
        Parser.CheckText(kind, text);
        var hasher = default(HashCode);
        hasher.Add((byte)kind);
        hasher.AddBytes(text);
        var hash = hasher.ToHashCode();
        var row = (hash & (Rows - 1)) * RowEntries;
        for (var i = row; i < row + RowEntries; i++)
        {
            var entry = Volatile.Read(ref entries[i]);
            if (entry is not null
                && entry.Hash == hash
                && entry.Expression.Kind == kind
                && text.SequenceEqual(entry.Expression.Text))
            {
                return entry.Expression;
            }
        }

        var expression = Parse(kind, text.ToArray());
        Volatile.Write(ref entries[FreeOrNext(row)], new Entry(hash, expression));
        return expression;
    }

    private int FreeOrNext(int row)
    {
        for (var i = row; i < row + RowEntries; i++)
        {
            if (entries[i] is null)
            {
                return i;
            }
        }

        return row + (Interlocked.Increment(ref turn) & (RowEntries - 1));
    }

    private static ParsedExpression Parse(ExpressionKind kind, byte[] text) => kind switch
    {
        ExpressionKind.KeyConditionExpression => ConditionParser.ParseKeyCondition(text),
        ExpressionKind.UpdateExpression => UpdateParser.Parse(text),
        ExpressionKind.ProjectionExpression => ProjectionParser.Parse(text),
        _ => ConditionParser.ParseCondition(kind, text),
    };

    private sealed record Entry(int Hash, ParsedExpression Expression);
}
