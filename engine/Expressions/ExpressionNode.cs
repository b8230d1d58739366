namespace Storage.Engine.Expressions;

internal enum NodeKind : byte
{
    // Operands.
    Path,
    Value,
    Size,

    // Operands of updates.
    IfNotExists,
    ListAppend,
    Plus,
    Minus,

    // Conditions.
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Between,
    In,
    And,
    Or,
    Not,
    AttributeExists,
    AttributeNotExists,
    AttributeType,
    BeginsWith,
    Contains,
}

/// <summary>
/// A node of a parsed expression. Nodes lie in one array, children before parents; -1 ends a chain.
/// </summary>
/// <param name="Kind">What the node is.</param>
/// <param name="First">
/// The first child; of a Path its first element, of a Value the number of the placeholder's use.
/// </param>
/// <param name="Count">Children; of a Path its elements.</param>
/// <param name="Next">The next child of the same parent.</param>
internal readonly record struct ExpressionNode(NodeKind Kind, int First, int Count, int Next = -1)
{
    internal DocumentPath Path => new(First, Count);

    internal bool IsOperand => Kind <= NodeKind.Minus;

    internal bool IsFunction => Kind is NodeKind.Size or NodeKind.IfNotExists or NodeKind.ListAppend
        or >= NodeKind.AttributeExists;
}

/// <summary>How operators and functions are written.</summary>
internal static class NodeKindExtensions
{
    internal static string Text(this NodeKind kind) => kind switch
    {
        NodeKind.Size => "size",
        NodeKind.IfNotExists => "if_not_exists",
        NodeKind.ListAppend => "list_append",
        NodeKind.Plus => "+",
        NodeKind.Minus => "-",
        NodeKind.Equal => "=",
        NodeKind.NotEqual => "<>",
        NodeKind.Less => "<",
        NodeKind.LessOrEqual => "<=",
        NodeKind.Greater => ">",
        NodeKind.GreaterOrEqual => ">=",
        NodeKind.Between => "BETWEEN",
        NodeKind.In => "IN",
        NodeKind.And => "AND",
        NodeKind.Or => "OR",
        NodeKind.Not => "NOT",
        NodeKind.AttributeExists => "attribute_exists",
        NodeKind.AttributeNotExists => "attribute_not_exists",
        NodeKind.AttributeType => "attribute_type",
        NodeKind.BeginsWith => "begins_with",
        NodeKind.Contains => "contains",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Neither operator nor function."),
    };

    /// <summary>The function of a name; function names are case-sensitive.</summary>
    internal static bool TryFunction(string name, out NodeKind kind, out int operands)
    {
        (kind, operands) = name switch
        {
            "size" => (NodeKind.Size, 1),
            "if_not_exists" => (NodeKind.IfNotExists, 2),
            "list_append" => (NodeKind.ListAppend, 2),
            "attribute_exists" => (NodeKind.AttributeExists, 1),
            "attribute_not_exists" => (NodeKind.AttributeNotExists, 1),
            "attribute_type" => (NodeKind.AttributeType, 2),
            "begins_with" => (NodeKind.BeginsWith, 2),
            "contains" => (NodeKind.Contains, 2),
            _ => (NodeKind.Path, 0),
        };
        return operands > 0;
    }
}
