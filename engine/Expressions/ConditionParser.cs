namespace Storage.Engine.Expressions;

/// <summary>
/// Parses conditions, filters and key conditions. Precedence from loose to tight: OR, AND, NOT, comparison. AND and
/// OR take any number of children, so that only parentheses make a tree deep.
/// </summary>
internal sealed class ConditionParser : OperandParser
{
    private ConditionParser(ExpressionKind kind, byte[] text)
        : base(kind, text)
    {
    }

    /// <exception cref="Model.DynamoDbException">The text is no condition.</exception>
    internal static ConditionExpression ParseCondition(ExpressionKind kind, byte[] text)
    {
        var parser = new ConditionParser(kind, text);
        var root = parser.ParseRoot();
        var (elements, uses) = parser.Finish();
        return new ConditionExpression(kind, text, elements, uses, [.. parser.Nodes], root);
    }

    /// <exception cref="Model.DynamoDbException">The text is no condition.</exception>
    internal static KeyConditionExpression ParseKeyCondition(byte[] text)
    {
        var parser = new ConditionParser(ExpressionKind.KeyConditionExpression, text);
        var root = parser.ParseRoot();
        var (elements, uses) = parser.Finish();
        return new KeyConditionExpression(text, elements, uses, [.. parser.Nodes], root);
    }

    protected override bool IsKeywordOfGrammar() => IsKeyword("AND"u8) || IsKeyword("OR"u8) || IsKeyword("NOT"u8)
        || IsKeyword("BETWEEN"u8) || IsKeyword("IN"u8);

    protected override bool IsAllowed(NodeKind function) =>
        function is NodeKind.Size or >= NodeKind.AttributeExists;

    protected override int ParseCondition() => ParseOr();

    private int ParseRoot()
    {
        var root = RequireCondition(ParseOr());
        Expect(TokenKind.End);
        return root;
    }

    private int ParseOr()
    {
        var first = ParseAnd();
        if (!IsKeyword("OR"u8))
        {
            return first;
        }

        RequireCondition(first);
        var (last, count) = (first, 1);
        while (AcceptKeyword("OR"u8))
        {
            CountAndCheck();
            var next = RequireCondition(ParseAnd());
            Chain(last, next);
            (last, count) = (next, count + 1);
        }

        return Add(new ExpressionNode(NodeKind.Or, first, count));
    }

    private int ParseAnd()
    {
        var first = ParseNot();
        if (!IsKeyword("AND"u8))
        {
            return first;
        }

        RequireCondition(first);
        var (last, count) = (first, 1);
        while (AcceptKeyword("AND"u8))
        {
            CountAndCheck();
            var next = RequireCondition(ParseNot());
            Chain(last, next);
            (last, count) = (next, count + 1);
        }

        return Add(new ExpressionNode(NodeKind.And, first, count));
    }

    private int ParseNot()
    {
        var nots = 0;
        while (AcceptKeyword("NOT"u8))
        {
            CountAndCheck();
            nots++;
        }

        var node = ParseComparison();
        if (nots > 0)
        {
            RequireCondition(node);
        }

        for (; nots > 0; nots--)
        {
            node = Add(new ExpressionNode(NodeKind.Not, node, 1));
        }

        return node;
    }

    private int ParseComparison()
    {
        var left = Current.Kind == TokenKind.OpenParenthesis
            ? ParseParentheses(conditionAllowed: true)
            : ParseOperand();
        if (ComparatorOf(Current.Kind) is { } comparator)
        {
            RequireOperand(left);
            Advance();
            CountAndCheck();
            Chain(left, ParseRequiredOperand());
            return Add(new ExpressionNode(comparator, left, 2));
        }

        if (IsKeyword("BETWEEN"u8))
        {
            return ParseBetween(left);
        }

        return IsKeyword("IN"u8) ? ParseIn(left) : left;
    }

    private int ParseBetween(int left)
    {
        RequireOperand(left);
        Advance();
        CountAndCheck();
        var lower = ParseRequiredOperand();
        if (!AcceptKeyword("AND"u8))
        {
            throw SyntaxError();
        }

        var upper = ParseRequiredOperand();
        Chain(left, lower);
        Chain(lower, upper);
        return Add(new ExpressionNode(NodeKind.Between, left, 3));
    }

    private int ParseIn(int left)
    {
        RequireOperand(left);
        Advance();
        CountAndCheck();
        Expect(TokenKind.OpenParenthesis);
        var (last, count) = (left, 1);
        do
        {
            var operand = ParseRequiredOperand();
            Chain(last, operand);
            (last, count) = (operand, count + 1);
        }
        while (Accept(TokenKind.Comma));

        Expect(TokenKind.CloseParenthesis);
        if (count - 1 > ExpressionLimits.InOperandsMax)
        {
            Defer(
                Meaning.Operands,
                $"The IN operator is provided with too many operands; number of operands: {count - 1}");
        }

        return Add(new ExpressionNode(NodeKind.In, left, count));
    }

    private int ParseRequiredOperand()
    {
        var operand = ParseOperand();
        CheckOperandFunction(operand);
        return operand;
    }

    private void RequireOperand(int node)
    {
        CheckOperandFunction(node);
        if (!Nodes[node].IsOperand && !Nodes[node].IsFunction)
        {
            throw SyntaxError();
        }
    }

    private int RequireCondition(int node)
    {
        if (Nodes[node].Kind == NodeKind.Size)
        {
            DeferMisuse(NodeKind.Size);
        }
        else if (Nodes[node].IsOperand)
        {
            throw SyntaxError();
        }

        return node;
    }

    private void CountAndCheck()
    {
        CountOperator();
        CheckOperators();
    }

    private static NodeKind? ComparatorOf(TokenKind token) => token switch
    {
        TokenKind.Equal => NodeKind.Equal,
        TokenKind.NotEqual => NodeKind.NotEqual,
        TokenKind.Less => NodeKind.Less,
        TokenKind.LessOrEqual => NodeKind.LessOrEqual,
        TokenKind.Greater => NodeKind.Greater,
        TokenKind.GreaterOrEqual => NodeKind.GreaterOrEqual,
        _ => null,
    };
}
