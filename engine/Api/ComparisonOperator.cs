using Storage.Engine.Expressions;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>How a legacy condition compares. Source: API Reference, Condition.</summary>
internal enum ComparisonOperator
{
    EQ,
    NE,
    LE,
    LT,
    GE,
    GT,
    NOT_NULL,
    NULL,
    CONTAINS,
    NOT_CONTAINS,
    BEGINS_WITH,
    IN,
    BETWEEN,
}

/// <summary>What the operators take and which operators of expressions they are.</summary>
internal static class ComparisonOperatorExtensions
{
    /// <summary>The operators there are, in AWS's order. Source: observed answers of DynamoDB.</summary>
    internal const string Names =
        "IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS";

    internal static bool TryParse(string name, out ComparisonOperator comparison) =>
        Enum.TryParse(name, ignoreCase: false, out comparison) && comparison.ToString() == name;

    internal static bool TakesArguments(this ComparisonOperator comparison, int count) => comparison switch
    {
        ComparisonOperator.NULL or ComparisonOperator.NOT_NULL => count == 0,
        ComparisonOperator.BETWEEN => count == 2,
        ComparisonOperator.IN => count >= 1,
        _ => count == 1,
    };

    internal static bool TakesType(this ComparisonOperator comparison, AttributeType type) => comparison switch
    {
        ComparisonOperator.EQ or ComparisonOperator.NE => true,
        ComparisonOperator.BEGINS_WITH => type is AttributeType.S or AttributeType.B,

        // A list may contain what a set cannot.
        ComparisonOperator.CONTAINS or ComparisonOperator.NOT_CONTAINS =>
            IsOrdered(type) || type is AttributeType.BOOL or AttributeType.NULL,
        _ => IsOrdered(type),
    };

    /// <summary>Whether a key can be found by it.</summary>
    internal static bool IsIndexable(this ComparisonOperator comparison) => comparison is ComparisonOperator.EQ
        or ComparisonOperator.LE or ComparisonOperator.LT or ComparisonOperator.GE or ComparisonOperator.GT
        or ComparisonOperator.BEGINS_WITH or ComparisonOperator.BETWEEN;

    /// <summary>The operator of expressions; NOT_CONTAINS is the negation of its.</summary>
    internal static NodeKind Node(this ComparisonOperator comparison) => comparison switch
    {
        ComparisonOperator.EQ => NodeKind.Equal,
        ComparisonOperator.NE => NodeKind.NotEqual,
        ComparisonOperator.LE => NodeKind.LessOrEqual,
        ComparisonOperator.LT => NodeKind.Less,
        ComparisonOperator.GE => NodeKind.GreaterOrEqual,
        ComparisonOperator.GT => NodeKind.Greater,
        ComparisonOperator.NOT_NULL => NodeKind.AttributeExists,
        ComparisonOperator.NULL => NodeKind.AttributeNotExists,
        ComparisonOperator.CONTAINS or ComparisonOperator.NOT_CONTAINS => NodeKind.Contains,
        ComparisonOperator.BEGINS_WITH => NodeKind.BeginsWith,
        ComparisonOperator.IN => NodeKind.In,
        _ => NodeKind.Between,
    };

    private static bool IsOrdered(AttributeType type) =>
        type is AttributeType.S or AttributeType.N or AttributeType.B;
}
