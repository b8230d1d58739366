using System.Text.Json;
using Storage.Engine.Encoding;
using Storage.Engine.Expressions;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>
/// One attribute's entry of KeyConditions, QueryFilter, ScanFilter or Expected: the structure Condition, or
/// ExpectedAttributeValue, which has Value and Exists too. Source of the texts: observed answers of DynamoDB.
/// </summary>
/// <param name="attributeName">The attribute.</param>
/// <param name="isExpected">An ExpectedAttributeValue.</param>
internal sealed class LegacyCondition(string attributeName, bool isExpected)
{
    private const string Invalid = "One or more parameter values were invalid: ";

    // Encoded values of AttributeValueList; null when it did not come.
    private List<byte[]>? list;
    private byte[]? value;
    private bool? exists;

    internal string AttributeName => attributeName;

    internal ComparisonOperator? Comparison { get; private set; }

    /// <summary>Reads the structure, the reader on its first token.</summary>
    /// <param name="reader">The request.</param>
    /// <param name="member">Its place for constraint errors, e.g. <c>expected.a.member</c>.</param>
    /// <param name="errors">Receives constraints that are broken.</param>
    internal void Read(ref Utf8JsonReader reader, string member, ConstraintErrors errors)
    {
        var hasComparison = false;
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("ComparisonOperator"u8))
            {
                hasComparison = ReadComparison(ref reader, member, errors);
            }
            else if (reader.ValueTextEquals("AttributeValueList"u8))
            {
                ReadList(ref reader);
            }
            else if (isExpected && reader.ValueTextEquals("Value"u8))
            {
                value = RequestJson.MoveToValue(ref reader) ? ReadValue(ref reader) : null;
            }
            else if (isExpected && reader.ValueTextEquals("Exists"u8))
            {
                exists = RequestJson.ReadBoolean(ref reader);
            }
            else
            {
                RequestJson.SkipMember(ref reader);
            }
        }

        if (!isExpected && !hasComparison)
        {
            errors.Add(ConstraintText.NotNull($"{member}.comparisonOperator"));
        }
    }

    /// <summary>Reads a value by itself, the reader on its first token.</summary>
    internal static byte[] ReadValue(ref Utf8JsonReader reader)
    {
        using var writer = ValueWriter.Rent();
        AttributeValueReader.ReadValue(ref reader, writer);
        return writer.Written.ToArray();
    }

    /// <exception cref="DynamoDbException">The parts do not go together, or the operator does not take the values.</exception>
    internal void Check()
    {
        if (isExpected)
        {
            CheckParts();
        }

        if (Comparison is not { } comparison)
        {
            return;
        }

        List<byte[]> values = list ?? (value is null ? [] : [value]);
        if (!comparison.TakesArguments(values.Count))
        {
            throw DynamoDbException.Validation($"{Invalid}Invalid number of argument(s) for the {comparison} ComparisonOperator");
        }

        for (var i = 0; i < values.Count; i++)
        {
            if (TypeOf(values[i]) != TypeOf(values[0]))
            {
                throw DynamoDbException.Validation($"{Invalid}AttributeValues inside AttributeValueList must be of same type");
            }

            if (!comparison.TakesType(TypeOf(values[i])))
            {
                throw DynamoDbException.Validation(
                    $"{Invalid}ComparisonOperator {comparison} is not valid for {TypeOf(values[i])} AttributeValue type");
            }
        }

        if (comparison == ComparisonOperator.BETWEEN
            && new ValueView(values[0]).Scalar.SequenceCompareTo(new ValueView(values[1]).Scalar) > 0)
        {
            throw DynamoDbException.Validation(
                "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound");
        }
    }

    /// <summary>Adds the condition, which was checked, to a tree and returns its node.</summary>
    internal int Build(ExpressionBuilder tree)
    {
        // Without an operator: Exists false, or Value to be equal to.
        var comparison = Comparison ?? (value is null ? ComparisonOperator.NULL : ComparisonOperator.EQ);
        List<byte[]> values = list ?? (value is null ? [] : [value]);
        var children = new int[1 + values.Count];
        children[0] = tree.Path(attributeName);
        for (var i = 0; i < values.Count; i++)
        {
            children[i + 1] = tree.Value(values[i]);
        }

        var node = tree.Node(comparison.Node(), children);
        return comparison == ComparisonOperator.NOT_CONTAINS ? tree.Node(NodeKind.Not, node) : node;
    }

    private void CheckParts()
    {
        if (list is not null && value is not null)
        {
            throw PartsTogether("Value and AttributeValueList");
        }

        if (Comparison is { } comparison)
        {
            if (exists is not null)
            {
                throw PartsTogether("Exists and ComparisonOperator");
            }

            if (list is null && value is null && !comparison.TakesArguments(0))
            {
                throw DynamoDbException.Validation(
                    $"{Invalid}Value or AttributeValueList must be used with ComparisonOperator: {comparison} for Attribute: {attributeName}");
            }
        }
        else if (list is not null)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}AttributeValueList can only be used with a ComparisonOperator for Attribute: {attributeName}");
        }
        else if (exists == false && value is not null)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}Value cannot be used when Exists is false for Attribute: {attributeName}");
        }
        else if (exists != false && value is null)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}Value must be provided when Exists is {(exists is null ? "null" : "true")} for Attribute: {attributeName}");
        }
    }

    private DynamoDbException PartsTogether(string parts) =>
        DynamoDbException.Validation($"{Invalid}{parts} cannot be used together for Attribute: {attributeName}");

    /// <summary>False when the operator is null.</summary>
    private bool ReadComparison(ref Utf8JsonReader reader, string member, ConstraintErrors errors)
    {
        Comparison = null;
        if (!RequestJson.MoveToValue(ref reader))
        {
            return false;
        }

        RequestJson.RequireString(ref reader);
        var name = RequestJson.Text(ref reader);
        if (ComparisonOperatorExtensions.TryParse(name, out var comparison))
        {
            Comparison = comparison;
        }
        else
        {
            errors.Add(ConstraintText.Enum($"{member}.comparisonOperator", name, ComparisonOperatorExtensions.Names));
        }

        return true;
    }

    private void ReadList(ref Utf8JsonReader reader)
    {
        list = null;
        if (!RequestJson.MoveToValue(ref reader))
        {
            return;
        }

        RequestJson.RequireArray(ref reader);
        list = [];
        while (RequestJson.NextElement(ref reader))
        {
            list.Add(ReadValue(ref reader));
        }
    }

    private static AttributeType TypeOf(byte[] encoded) => new ValueView(encoded).Type;
}
