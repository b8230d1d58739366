namespace Storage.Engine.Expressions;

/// <summary>Source, unless said otherwise: Developer Guide, Service quotas, Expression parameters.</summary>
internal static class ExpressionLimits
{
    /// <summary>UTF-8 bytes of an expression before substitution.</summary>
    internal const int TextBytesMax = 4096;

    /// <summary>Bytes of a placeholder, its <c>#</c> or <c>:</c> included.</summary>
    internal const int PlaceholderBytesMax = 255;

    /// <summary>Bytes of all names and values substituted in one request.</summary>
    internal const int SubstitutionBytesMax = 2 * 1024 * 1024;

    /// <summary>Operators and functions in one expression.</summary>
    internal const int OperatorsMax = 300;

    /// <summary>Operands in the list of IN.</summary>
    internal const int InOperandsMax = 100;

    /// <summary>Names and indexes in one document path.</summary>
    internal const int PathElementsMax = 32;

    /// <summary>
    /// Levels of values in an item, an attribute's own value being the first. Source: captured from DynamoDB (31 lists
    /// or maps around a scalar pass, 32 fail).
    /// </summary>
    internal const int NestingLevelsMax = 32;

    /// <summary>
    /// Parentheses and function calls inside each other; bounds recursion, ours and not AWS's. Above the operators an
    /// expression may have, because clients that join conditions one by one nest each in the next.
    /// </summary>
    internal const int ParenthesesDepthMax = 310;
}
