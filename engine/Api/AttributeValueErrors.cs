using System.Text;
using System.Text.Json;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>
/// What can be wrong with an attribute value, in AWS's words where they were captured; where not, in the best known
/// ones. Oddities (two spaces, "An number") are AWS's: clients match on them.
/// </summary>
internal static class AttributeValueErrors
{
    private const string Invalid = "One or more parameter values were invalid: ";
    private const int ListedCharactersMax = 4096;

    internal static DynamoDbException EmptyValue() => DynamoDbException.Validation(
        "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");

    internal static DynamoDbException SeveralTypes() => DynamoDbException.Validation(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes");

    internal static DynamoDbException NullNotTrue() =>
        DynamoDbException.Validation(Invalid + "Null attribute value types must have the value of true");

    internal static DynamoDbException NestedTooDeep() => DynamoDbException.Validation(
        "Nesting Levels have exceeded supported limits: "
        + "Attributes in the item have nested levels beyond supported limit");

    internal static DynamoDbException EmptySet(AttributeType type) => DynamoDbException.Validation(Invalid + (type switch
    {
        AttributeType.SS => "An string set  may not be empty",
        AttributeType.NS => "An number set  may not be empty",
        _ => "Binary sets should not be empty",
    }));

    internal static DynamoDbException NullElement(AttributeType type) =>
        DynamoDbException.Validation(Invalid + (type switch
        {
            AttributeType.SS => "An string set  may not have a null string as a member",
            AttributeType.NS => "An number set  may not have a null number as a member",
            _ => "Binary sets may not contain null or empty values",
        }));

    /// <summary>Lists the elements as the client wrote them; <paramref name="reader"/> stands on the set's StartArray.</summary>
    internal static DynamoDbException Duplicates(AttributeType type, Utf8JsonReader reader)
    {
        if (type == AttributeType.NS)
        {
            return DynamoDbException.Validation("Input collection contains duplicates");
        }

        var list = new StringBuilder("[");
        while (reader.Read() && reader.TokenType == JsonTokenType.String && list.Length < ListedCharactersMax)
        {
            list.Append(list.Length == 1 ? string.Empty : ", ").Append(reader.GetString());
        }

        list.Length = Math.Min(list.Length, ListedCharactersMax);
        list.Append(']');
        return DynamoDbException.Validation(
            $"{Invalid}Input collection {list}{(type == AttributeType.BS ? " of type BS" : string.Empty)} contains duplicates.");
    }

    /// <summary>A JSON object that repeats a name would lose a value silently; the text is ours.</summary>
    internal static DynamoDbException RepeatedName() =>
        DynamoDbException.Validation(Invalid + "An attribute name may appear only once");

    /// <summary>"At least one character long" (Developer Guide, Naming rules); the text is ours.</summary>
    internal static DynamoDbException EmptyName() =>
        DynamoDbException.Validation(Invalid + "An attribute name may not be empty");

    internal static DynamoDbException LongName() => DynamoDbException.Validation(
        Invalid + "Attribute name is too large, must be less than 65536 bytes");

    internal static DynamoDbException MalformedJson() =>
        DynamoDbException.Serialization("Unexpected token received from parser");

    /// <summary>A lone surrogate or bytes that are no UTF-8.</summary>
    internal static DynamoDbException InvalidText() =>
        DynamoDbException.Serialization("String is not valid UTF-8 or UTF-16 text");

    internal static DynamoDbException NotAString(JsonTokenType token, string wanted) =>
        DynamoDbException.Serialization(token switch
        {
            JsonTokenType.StartObject => "Start of structure or map found where not expected.",
            JsonTokenType.StartArray => $"Unrecognized collection type class java.lang.{wanted}",
            _ => $"{NameOf(token)} cannot be converted to {wanted}",
        });

    internal static DynamoDbException NotABinary(JsonTokenType token) =>
        DynamoDbException.Serialization(token switch
        {
            JsonTokenType.StartObject => "Start of structure or map found where not expected.",
            JsonTokenType.StartArray => "Unrecognized collection type class java.nio.ByteBuffer",
            _ => "only base-64-encoded strings are convertible to bytes",
        });

    internal static DynamoDbException NotABoolean(JsonTokenType token) => token == JsonTokenType.String
        ? DynamoDbException.Serialization("Unexpected token received from parser")
        : NotAString(token, "Boolean");

    internal static DynamoDbException NotAList(JsonTokenType token) =>
        DynamoDbException.Serialization(token == JsonTokenType.StartObject
            ? "Start of structure or map found where not expected."
            : "Unexpected field type");

    internal static DynamoDbException NotAMap(JsonTokenType token) =>
        DynamoDbException.Serialization(token == JsonTokenType.StartArray
            ? "Unrecognized collection type java.util.Map<java.lang.String, "
                + "com.amazonaws.dynamodb.v20120810.AttributeValue>"
            : "Unexpected field type");

    internal static DynamoDbException NotAStructure(JsonTokenType token) =>
        DynamoDbException.Serialization(token == JsonTokenType.StartArray
            ? "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"
            : "Unexpected value type in payload");

    private static string NameOf(JsonTokenType token) => token switch
    {
        JsonTokenType.True => "TRUE_VALUE",
        JsonTokenType.False => "FALSE_VALUE",
        JsonTokenType.Number => "NUMBER_VALUE",
        JsonTokenType.String => "STRING_VALUE",
        _ => "NULL_VALUE",
    };
}
