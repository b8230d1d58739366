using Storage.Engine.Encoding;
using Storage.Engine.Model;

namespace Storage.Engine.Expressions;

/// <summary>
/// The refusals of this room in AWS's words. Source, unless said otherwise: texts captured from DynamoDB and observed
/// answers of the service; clients match on them, oddities included.
/// </summary>
internal static class ExpressionError
{
    internal const string IncorrectDataTypeText = "An operand in the update expression has an incorrect data type";

    /// <summary>An attribute that an update's right-hand side needs is missing.</summary>
    internal static DynamoDbException MissingOperand() =>
        DynamoDbException.Validation("The provided expression refers to an attribute that does not exist in the item");

    /// <summary>An update met a value of a type that its operator cannot take.</summary>
    internal static DynamoDbException IncorrectDataType() =>
        DynamoDbException.Validation(IncorrectDataTypeText);

    /// <summary>A parent of an updated path is missing or is no map or list.</summary>
    internal static DynamoDbException InvalidUpdatePath() => DynamoDbException.Validation(
        "The document path provided in the update expression is invalid for update");

    internal static DynamoDbException NestingTooDeep() => DynamoDbException.Validation(
        "Nesting Levels have exceeded supported limits: "
            + "Attributes in the item have nested levels beyond supported limit");

    internal static DynamoDbException Number(NumberResult result) => DynamoDbException.Validation(result switch
    {
        NumberResult.Overflow =>
            "Number overflow. Attempting to store a number with magnitude larger than supported range",
        NumberResult.Underflow =>
            "Number underflow. Attempting to store a number with magnitude smaller than supported range",
        NumberResult.TooPrecise => "Attempting to store more than 38 significant digits in a Number",
        _ => "The parameter cannot be converted to a numeric value",
    });

    internal static DynamoDbException CannotUpdateKey(ReadOnlySpan<byte> name) => DynamoDbException.Validation(
        $"One or more parameter values were invalid: Cannot update attribute {Utf8(name)}. "
            + "This attribute is part of the key");

    internal static DynamoDbException FilterOnKey(ReadOnlySpan<byte> name) => DynamoDbException.Validation(
        $"Filter Expression can only contain non-primary key attributes: Primary key attribute: {Utf8(name)}");

    internal static DynamoDbException UndefinedName(ExpressionKind kind, ReadOnlySpan<byte> placeholder) => Invalid(
        kind,
        $"An expression attribute name used in the document path is not defined; attribute name: {Utf8(placeholder)}");

    internal static DynamoDbException UndefinedValue(ExpressionKind kind, ReadOnlySpan<byte> placeholder) => Invalid(
        kind,
        $"An expression attribute value used in expression is not defined; attribute value: {Utf8(placeholder)}");

    internal static DynamoDbException OperandType(ExpressionKind kind, NodeKind @operator, AttributeType type) =>
        OperandType(kind, @operator, type.ToString());

    internal static DynamoDbException OperandType(ExpressionKind kind, NodeKind @operator, string type) => Invalid(
        kind,
        "Incorrect operand type for operator or function; operator or function: "
            + $"{@operator.Text()}, operand type: {type}");

    internal static DynamoDbException NotDistinct(ExpressionKind kind, NodeKind @operator, string path) => Invalid(
        kind,
        "The first operand must be distinct from the remaining operands for this operator or function; "
            + $"operator: {@operator.Text()}, first operand: {path}");

    internal static DynamoDbException PathsOverlap(ExpressionKind kind, string one, string two) => Invalid(
        kind,
        "Two document paths overlap with each other; must remove or rewrite one of these paths; "
            + $"path one: {one}, path two: {two}");

    internal static DynamoDbException PathsConflict(ExpressionKind kind, string one, string two) => Invalid(
        kind,
        "Two document paths conflict with each other; must remove or rewrite one of these paths; "
            + $"path one: {one}, path two: {two}");

    /// <summary>An error found in the expression itself, prefixed with its kind.</summary>
    internal static DynamoDbException Invalid(ExpressionKind kind, string detail) =>
        DynamoDbException.Validation($"Invalid {kind.Name()}: {detail}");

    internal static string Utf8(ReadOnlySpan<byte> bytes) => System.Text.Encoding.UTF8.GetString(bytes);
}
