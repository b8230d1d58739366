using System.Globalization;
using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>
/// What the parsers share: one token of look-ahead, paths, placeholders, limits, errors. Syntax errors are thrown
/// where they are met; errors of meaning wait until the whole text is known to be well-formed, as AWS answers.
/// <para>Every parser reads each token once and recurses only through <see cref="Enter"/>, which is bounded.</para>
/// </summary>
internal abstract class Parser
{
    private readonly List<PathElement> elements = [];
    private readonly List<PlaceholderUse> uses = [];
    private readonly Dictionary<string, int> usesByToken = [];
    private readonly string?[] deferred = new string?[5];
    private Token previous;
    private int depth;
    private int operators;

    protected Parser(ExpressionKind kind, byte[] text)
    {
        Kind = kind;
        Text = text;
        CheckText(kind, text);
        Current = Lexer.Read(text, 0);
        previous = Current;
        if (Current.Kind == TokenKind.End)
        {
            throw Empty(kind);
        }
    }

    /// <summary>Errors of meaning, in the order in which the first is answered.</summary>
    protected enum Meaning
    {
        ReservedWord,
        FunctionName,
        FunctionUse,
        Parentheses,
        Operands,
    }

    protected ExpressionKind Kind { get; }

    protected byte[] Text { get; }

    protected Token Current { get; private set; }

    protected List<ExpressionNode> Nodes { get; } = [];

    /// <exception cref="DynamoDbException">The text is longer than 4,096 bytes.</exception>
    internal static void CheckText(ExpressionKind kind, ReadOnlySpan<byte> text)
    {
        if (text.Length > ExpressionLimits.TextBytesMax)
        {
            throw ExpressionError.Invalid(
                kind,
                $"Expression size has exceeded the maximum allowed size; expression size: {text.Length}");
        }
    }

    protected static DynamoDbException Empty(ExpressionKind kind) =>
        ExpressionError.Invalid(kind, "The expression can not be empty;");

    /// <summary>The paths' elements and the placeholders, once the whole text is read.</summary>
    protected (PathElement[] Elements, PlaceholderUse[] Uses) Finish()
    {
        Expect(TokenKind.End);
        foreach (var message in deferred)
        {
            if (message is not null)
            {
                throw ExpressionError.Invalid(Kind, message);
            }
        }

        return ([.. elements], [.. uses]);
    }

    protected string TextOf(Token token) => ExpressionError.Utf8(Text.AsSpan(token.Start, token.Length));

    protected void Advance()
    {
        previous = Current;
        Current = Lexer.Read(Text, Current.End);
    }

    protected bool Accept(TokenKind kind)
    {
        if (Current.Kind != kind)
        {
            return false;
        }

        Advance();
        return true;
    }

    protected void Expect(TokenKind kind)
    {
        if (!Accept(kind) && kind != TokenKind.End)
        {
            throw SyntaxError();
        }

        if (kind == TokenKind.End && Current.Kind != TokenKind.End)
        {
            throw SyntaxError();
        }
    }

    /// <summary>True when the current token is this keyword, in any case.</summary>
    protected bool IsKeyword(ReadOnlySpan<byte> upperCase) => Current.Kind == TokenKind.Identifier
        && System.Text.Ascii.EqualsIgnoreCase(Text.AsSpan(Current.Start, Current.Length), upperCase);

    protected bool AcceptKeyword(ReadOnlySpan<byte> upperCase)
    {
        if (!IsKeyword(upperCase))
        {
            return false;
        }

        Advance();
        return true;
    }

    protected Token Peek() => Lexer.Read(Text, Current.End);

    /// <summary>The current token cannot stand here; "near" shows it with its neighbours, as captured.</summary>
    protected DynamoDbException SyntaxError()
    {
        var token = Current.Kind == TokenKind.End ? "<EOF>" : TextOf(Current);
        var next = Current.Kind == TokenKind.End ? Current : Peek();
        var end = next.Kind != TokenKind.End ? next.End : Current.Kind != TokenKind.End ? Current.End : previous.End;
        var near = TextOf(new Token(TokenKind.Unknown, previous.Start, end));
        return ExpressionError.Invalid(Kind, $"Syntax error; token: \"{token}\", near: \"{near}\"");
    }

    /// <summary>Keeps the first error of a sort until the text is known to be well-formed.</summary>
    protected void Defer(Meaning meaning, string message) => deferred[(int)meaning] ??= message;

    protected void CountOperator() => operators++;

    /// <exception cref="DynamoDbException">More than 300 operators. The limit is AWS's, the wording ours.</exception>
    protected void CheckOperators()
    {
        if (operators > ExpressionLimits.OperatorsMax)
        {
            throw ExpressionError.Invalid(
                Kind, $"The expression contains too many operators; operator count: {operators}");
        }
    }

    /// <summary>One level deeper into parentheses. The limit and the wording are ours.</summary>
    protected void Enter()
    {
        if (++depth > ExpressionLimits.ParenthesesDepthMax)
        {
            throw ExpressionError.Invalid(Kind, "The expression contains too many nested parentheses");
        }
    }

    protected void Leave() => depth--;

    protected int Add(ExpressionNode node)
    {
        Nodes.Add(node);
        return Nodes.Count - 1;
    }

    /// <summary>Puts a child behind another one of the same parent.</summary>
    protected void Chain(int child, int next) => Nodes[child] = Nodes[child] with { Next = next };

    protected DocumentPath ParsePath()
    {
        var first = elements.Count;
        ParseName();
        while (true)
        {
            if (Accept(TokenKind.Dot))
            {
                ParseName();
            }
            else if (Accept(TokenKind.OpenBracket))
            {
                ParseIndex();
            }
            else
            {
                break;
            }
        }

        var count = elements.Count - first;
        if (count > ExpressionLimits.PathElementsMax)
        {
            Defer(
                Meaning.Operands,
                $"The document path has too many nesting elements; nesting elements: {count}");
        }

        return new DocumentPath(first, count);
    }

    /// <summary>A keyword of the grammar that therefore cannot stand where a name is wanted.</summary>
    protected abstract bool IsKeywordOfGrammar();

    protected int ParseValue()
    {
        var use = UseOf(Current, isName: false);
        Advance();
        return Add(new ExpressionNode(NodeKind.Value, use, 0));
    }

    private void ParseName()
    {
        if (Current.Kind == TokenKind.NamePlaceholder)
        {
            elements.Add(new PathElement(PathElementKind.NamePlaceholder, UseOf(Current, isName: true), 0));
        }
        else if (Current.Kind == TokenKind.Identifier && !IsKeywordOfGrammar())
        {
            var name = TextOf(Current);
            if (ReservedWords.Contains(name))
            {
                Defer(
                    Meaning.ReservedWord,
                    $"Attribute name is a reserved keyword; reserved keyword: {name}");
            }

            elements.Add(new PathElement(PathElementKind.Name, Current.Start, Current.Length));
        }
        else
        {
            throw SyntaxError();
        }

        Advance();
    }

    private void ParseIndex()
    {
        if (Current.Kind != TokenKind.Integer)
        {
            throw SyntaxError();
        }

        var digits = Text.AsSpan(Current.Start, Current.Length);
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            Defer(
                Meaning.Operands,
                $"List index is not within the allowable range; index: [{TextOf(Current)}]");
        }

        elements.Add(new PathElement(PathElementKind.Index, index, 0));
        Advance();
        Expect(TokenKind.CloseBracket);
    }

    private int UseOf(Token token, bool isName)
    {
        if (token.Length > ExpressionLimits.PlaceholderBytesMax)
        {
            // The limit is AWS's, the wording ours.
            throw ExpressionError.Invalid(
                Kind,
                $"Placeholder size has exceeded the maximum allowed size; placeholder size: {token.Length}");
        }

        var text = TextOf(token);
        if (!usesByToken.TryGetValue(text, out var use))
        {
            use = uses.Count;
            uses.Add(new PlaceholderUse(isName, token.Start, token.Length));
            usesByToken.Add(text, use);
        }

        return use;
    }
}
