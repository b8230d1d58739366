using System.Text.Json;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>The parameter Select of Query and Scan; Default is what its absence stands for.</summary>
internal enum Select
{
    Default,
    AllAttributes,
    AllProjectedAttributes,
    SpecificAttributes,
    Count,
}

/// <summary>Reads Select and checks what it must be together with other parameters. Source: observed answers of DynamoDB.</summary>
internal static class SelectRules
{
    private const string Invalid = "One or more parameter values were invalid: ";

    /// <summary>Reads the member, the reader on its name.</summary>
    internal static Select Read(ref Utf8JsonReader reader, ConstraintErrors errors)
    {
        switch (IndexRequestReader.ReadString(ref reader))
        {
            case null:
                return Select.Default;
            case "ALL_ATTRIBUTES":
                return Select.AllAttributes;
            case "ALL_PROJECTED_ATTRIBUTES":
                return Select.AllProjectedAttributes;
            case "SPECIFIC_ATTRIBUTES":
                return Select.SpecificAttributes;
            case "COUNT":
                return Select.Count;
            default:
                ReturnOptions.AddEnum(
                    ref reader, errors, "select", "SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES");
                return Select.Default;
        }
    }

    /// <param name="select">Select.</param>
    /// <param name="projection">The member that names attributes: ProjectionExpression, AttributesToGet, or null.</param>
    /// <param name="hasIndex">IndexName came.</param>
    /// <exception cref="DynamoDbException">ValidationException.</exception>
    internal static void Check(Select select, string? projection, bool hasIndex)
    {
        if (select == Select.AllProjectedAttributes && !hasIndex)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
        }

        if (select == Select.SpecificAttributes && projection is null)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES");
        }

        if (projection is null || select is Select.Default or Select.SpecificAttributes)
        {
            return;
        }

        var chosen = select switch
        {
            Select.Count => "only the Count",
            Select.AllAttributes => "ALL_ATTRIBUTES",
            _ => "ALL_PROJECTED_ATTRIBUTES",
        };
        throw DynamoDbException.Validation($"{Invalid}Cannot specify the {projection} when choosing to get {chosen}");
    }
}
