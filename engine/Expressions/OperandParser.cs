namespace Storage.Engine.Expressions;

/// <summary>Parses what conditions and updates share: function calls and their operands.</summary>
internal abstract class OperandParser(ExpressionKind kind, byte[] text) : Parser(kind, text)
{
    // The node that was last put in parentheses, to see when it is put in them twice.
    private int parenthesized = -1;

    /// <summary>A path, a value, a function, or one of them in parentheses.</summary>
    protected int ParseOperand()
    {
        switch (Current.Kind)
        {
            case TokenKind.OpenParenthesis:
                return ParseParentheses(conditionAllowed: false);
            case TokenKind.ValuePlaceholder:
                return ParseValue();
            case TokenKind.Identifier when !IsKeywordOfGrammar() && Peek().Kind == TokenKind.OpenParenthesis:
                return ParseFunction();
            default:
                var path = ParsePath();
                return Add(new ExpressionNode(NodeKind.Path, path.First, path.Count));
        }
    }

    /// <summary>What stands in parentheses: an operand, and where one is allowed, a condition.</summary>
    protected int ParseParentheses(bool conditionAllowed)
    {
        Enter();
        Expect(TokenKind.OpenParenthesis);
        var node = conditionAllowed ? ParseCondition() : ParseOperand();
        Expect(TokenKind.CloseParenthesis);
        Leave();
        if (node == parenthesized)
        {
            Defer(Meaning.Parentheses, "The expression has redundant parentheses;");
        }

        parenthesized = node;
        return node;
    }

    /// <summary>A condition or an operand.</summary>
    protected abstract int ParseCondition();

    /// <summary>True when the function may stand in this kind of expression.</summary>
    protected abstract bool IsAllowed(NodeKind function);

    /// <summary>Name and operands in parentheses.</summary>
    protected int ParseFunction()
    {
        var name = TextOf(Current);
        Advance();
        CountOperator();
        CheckOperators();
        Enter();
        Expect(TokenKind.OpenParenthesis);
        var first = ParseOperand();
        var last = first;
        var count = 1;
        CheckNestedFunction(first);
        while (Accept(TokenKind.Comma))
        {
            var operand = ParseOperand();
            CheckNestedFunction(operand);
            Chain(last, operand);
            last = operand;
            count++;
        }

        Expect(TokenKind.CloseParenthesis);
        Leave();
        return AddFunction(name, first, count);
    }

    /// <summary>Refuses a function whose result is no value where a value is wanted.</summary>
    protected void CheckOperandFunction(int node)
    {
        var kind = Nodes[node].Kind;
        if (kind >= NodeKind.AttributeExists)
        {
            DeferMisuse(kind);
        }
    }

    protected void DeferMisuse(NodeKind function) => Defer(
        Meaning.FunctionUse,
        $"The function is not allowed to be used this way in an expression; function: {function.Text()}");

    private int AddFunction(string name, int first, int count)
    {
        if (!NodeKindExtensions.TryFunction(name, out var kind, out var operands))
        {
            Defer(Meaning.FunctionName, $"Invalid function name; function: {name}");
        }
        else if (!IsAllowed(kind))
        {
            var article = Kind == ExpressionKind.UpdateExpression ? "an update" : "a condition";
            Defer(Meaning.FunctionName, $"The function is not allowed in {article} expression; function: {name}");
        }
        else if (count != operands)
        {
            Defer(
                Meaning.Operands,
                "Incorrect number of operands for operator or function; operator or function: "
                    + $"{name}, number of operands: {count}");
        }
        else if (kind is NodeKind.AttributeExists or NodeKind.AttributeNotExists or NodeKind.IfNotExists
            && Nodes[first].Kind != NodeKind.Path)
        {
            Defer(
                Meaning.Operands,
                $"Operator or function requires a document path; operator or function: {name}");
        }

        // An unknown name leads to an error in any case; until then it stands as what it would look like.
        return Add(new ExpressionNode(operands == 0 ? NodeKind.Size : kind, first, count));
    }

    /// <summary>In conditions no function takes a function but size; updates nest theirs.</summary>
    private void CheckNestedFunction(int operand)
    {
        if (Kind != ExpressionKind.UpdateExpression)
        {
            CheckOperandFunction(operand);
        }
    }
}
