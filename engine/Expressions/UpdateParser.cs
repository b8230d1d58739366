namespace Storage.Engine.Expressions;

/// <summary>Parses SET, REMOVE, ADD and DELETE sections, each at most once, in any order.</summary>
internal sealed class UpdateParser : OperandParser
{
    private readonly List<UpdateAction> actions = [];
    private readonly List<DocumentPath> targets = [];
    private int sections;

    private UpdateParser(byte[] text)
        : base(ExpressionKind.UpdateExpression, text)
    {
    }

    /// <exception cref="Model.DynamoDbException">The text is no update.</exception>
    internal static UpdateExpression Parse(byte[] text)
    {
        var parser = new UpdateParser(text);
        do
        {
            parser.ParseSection();
        }
        while (parser.Current.Kind != TokenKind.End);

        var (elements, uses) = parser.Finish();
        return new UpdateExpression(
            text, elements, uses, [.. parser.targets], [.. parser.actions], [.. parser.Nodes]);
    }

    protected override bool IsKeywordOfGrammar() =>
        IsKeyword("SET"u8) || IsKeyword("REMOVE"u8) || IsKeyword("ADD"u8) || IsKeyword("DELETE"u8);

    protected override bool IsAllowed(NodeKind function) => function is NodeKind.IfNotExists or NodeKind.ListAppend;

    protected override int ParseCondition() => ParseSum();

    private void ParseSection()
    {
        var verb = IsKeyword("SET"u8) ? UpdateVerb.Set
            : IsKeyword("REMOVE"u8) ? UpdateVerb.Remove
            : IsKeyword("ADD"u8) ? UpdateVerb.Add
            : IsKeyword("DELETE"u8) ? UpdateVerb.Delete
            : throw SyntaxError();
        if ((sections & (1 << (int)verb)) != 0)
        {
            Defer(
                Meaning.Operands,
                $"The \"{verb.Text()}\" section can only be used once in an update expression;");
        }

        sections |= 1 << (int)verb;
        Advance();
        do
        {
            ParseAction(verb);
        }
        while (Accept(TokenKind.Comma));
    }

    private void ParseAction(UpdateVerb verb)
    {
        targets.Add(ParsePath());
        var operand = -1;
        if (verb == UpdateVerb.Set)
        {
            Expect(TokenKind.Equal);
            operand = ParseSum();
        }
        else if (verb is UpdateVerb.Add or UpdateVerb.Delete)
        {
            if (Current.Kind != TokenKind.ValuePlaceholder)
            {
                throw SyntaxError();
            }

            operand = ParseValue();
        }

        actions.Add(new UpdateAction(verb, operand));
    }

    /// <summary>A value that begins with parentheses: around an operand, or around the whole sum.</summary>
    private int ParseSumAfterParentheses()
    {
        var left = ParseParentheses(conditionAllowed: true);
        return Nodes[left].Kind is NodeKind.Plus or NodeKind.Minus ? left : ParseSumAfter(left);
    }

    /// <summary>An operand, or the sum or difference of two.</summary>
    private int ParseSum() => Current.Kind == TokenKind.OpenParenthesis
        ? ParseSumAfterParentheses()
        : ParseSumAfter(ParseOperand());

    private int ParseSumAfter(int left)
    {
        var kind = Current.Kind switch
        {
            TokenKind.Plus => NodeKind.Plus,
            TokenKind.Minus => NodeKind.Minus,
            _ => NodeKind.Path,
        };
        if (kind == NodeKind.Path)
        {
            return left;
        }

        Advance();
        CountOperator();
        CheckOperators();
        Chain(left, ParseOperand());
        return Add(new ExpressionNode(kind, left, 2));
    }
}
