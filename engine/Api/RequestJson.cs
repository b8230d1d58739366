using System.Buffers;
using System.Text.Json;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>
/// Walks a request's members where the bytes lie. They come in any order and those nobody knows are skipped, as AWS
/// does; a member whose value is null counts as absent.
/// <code>
/// var reader = RequestJson.Open(body);
/// while (RequestJson.NextMember(ref reader))
/// {
///     if (reader.ValueTextEquals("TableName"u8)) { request.TableName.Read(ref reader); }
///     else { RequestJson.SkipMember(ref reader); }
/// }
///
/// RequestJson.Close(ref reader);
/// </code>
/// </summary>
internal static class RequestJson
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = AttributeValueReader.JsonDepthMax };

    /// <summary>Begins a body; the reader stands on the first token of its object.</summary>
    internal static Utf8JsonReader Open(in ReadOnlySequence<byte> body)
    {
        var reader = body.IsSingleSegment
            ? new Utf8JsonReader(body.FirstSpan, Options)
            : new Utf8JsonReader(body, Options);
        JsonToken.Next(ref reader);
        RequireObject(ref reader);
        return reader;
    }

    /// <summary>Ends a body: nothing follows its object.</summary>
    internal static void Close(ref Utf8JsonReader reader)
    {
        if (reader.Read())
        {
            throw AttributeValueErrors.MalformedJson();
        }
    }

    /// <summary>
    /// Moves to the name of the next member; false at the end of the object. The reader stands on the last token of the
    /// member before, or on the object's first token.
    /// </summary>
    internal static bool NextMember(ref Utf8JsonReader reader)
    {
        JsonToken.Next(ref reader);
        return reader.TokenType != JsonTokenType.EndObject;
    }

    /// <summary>Moves from a member's name to its value; false when that is null.</summary>
    internal static bool MoveToValue(ref Utf8JsonReader reader)
    {
        JsonToken.Next(ref reader);
        return reader.TokenType != JsonTokenType.Null;
    }

    /// <summary>Moves to an array's next element; false at its end.</summary>
    internal static bool NextElement(ref Utf8JsonReader reader)
    {
        JsonToken.Next(ref reader);
        return reader.TokenType != JsonTokenType.EndArray;
    }

    /// <summary>Passes over a member, the reader on its name.</summary>
    internal static void SkipMember(ref Utf8JsonReader reader)
    {
        JsonToken.Next(ref reader);
        JsonToken.Skip(ref reader);
    }

    /// <summary>Reads a member that is true or false, the reader on its name; absent when null.</summary>
    internal static bool? ReadBoolean(ref Utf8JsonReader reader)
    {
        if (!MoveToValue(ref reader))
        {
            return null;
        }

        return reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw AttributeValueErrors.NotABoolean(reader.TokenType),
        };
    }

    /// <summary>
    /// Reads a member that is a whole number, the reader on its name; absent when null. Fractions are cut off and what
    /// is greater than a long becomes the greatest one, so that the range check that follows names it.
    /// </summary>
    internal static long? ReadInteger(ref Utf8JsonReader reader)
    {
        if (!MoveToValue(ref reader))
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.Number)
        {
            throw AttributeValueErrors.NotAString(reader.TokenType, "Integer");
        }

        return reader.TryGetInt64(out var integer) ? integer
            : reader.TryGetDouble(out var number) ? (long)Math.Clamp(number, long.MinValue, long.MaxValue)
            : throw AttributeValueErrors.MalformedJson();
    }

    internal static void RequireObject(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw AttributeValueErrors.NotAStructure(reader.TokenType);
        }
    }

    internal static void RequireArray(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw AttributeValueErrors.NotAList(reader.TokenType);
        }
    }

    internal static void RequireString(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw AttributeValueErrors.NotAString(reader.TokenType, "String");
        }
    }

    /// <summary>The reader's current text, for error messages and other cold paths.</summary>
    internal static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() ?? string.Empty;
        }
        catch (InvalidOperationException)
        {
            throw AttributeValueErrors.InvalidText();
        }
    }

    /// <summary>A required member that did not come. Source: captured from DynamoDB.</summary>
    internal static DynamoDbException Missing(string member) =>
        DynamoDbException.Validation($"The parameter '{member}' is required but was not present in the request");
}
