using System.Text.Json;
using Storage.Engine.Encoding;
using Storage.Engine.Expressions;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>
/// Reads ExpressionAttributeNames and ExpressionAttributeValues. Reusable; bound expressions end when it is cleared.
/// </summary>
internal sealed class ExpressionAttributes : IDisposable
{
    private readonly ValueWriter value = ValueWriter.Rent();
    private readonly RequestText placeholder = new();
    private readonly RequestText name = new();
    private bool hasNames;
    private bool hasValues;

    internal Placeholders Placeholders { get; } = Placeholders.Rent();

    public void Dispose()
    {
        value.Dispose();
        Placeholders.Dispose();
    }

    internal void Clear()
    {
        Placeholders.Clear();
        value.Clear();
        placeholder.Clear();
        name.Clear();
        hasNames = false;
        hasValues = false;
    }

    /// <summary>Reads ExpressionAttributeNames, the reader on its name.</summary>
    internal void ReadNames(ref Utf8JsonReader reader)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            return;
        }

        RequireMap(ref reader);
        hasNames = true;
        while (RequestJson.NextMember(ref reader))
        {
            placeholder.ReadToken(ref reader);
            RequestJson.MoveToValue(ref reader);
            RequestJson.RequireString(ref reader);
            name.ReadToken(ref reader);
            if (name.Span.Length is 0 or > AttributeValueReader.NameBytesMax)
            {
                // The limits are AWS's, the wording ours.
                throw DynamoDbException.Validation(
                    $"ExpressionAttributeNames contains invalid value: Attribute name must have 1 to {AttributeValueReader.NameBytesMax} bytes for key {placeholder}");
            }

            Placeholders.AddName(placeholder.Span, name.Span);
        }
    }

    /// <summary>Reads ExpressionAttributeValues, the reader on its name.</summary>
    /// <param name="reader">The request.</param>
    /// <param name="namesFaultyKey">
    /// Scan and the transactions say at which placeholder a value is wrong, the others do not. Source: captured.
    /// </param>
    internal void ReadValues(ref Utf8JsonReader reader, bool namesFaultyKey = false)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            return;
        }

        RequireMap(ref reader);
        hasValues = true;
        while (RequestJson.NextMember(ref reader))
        {
            placeholder.ReadToken(ref reader);
            RequestJson.MoveToValue(ref reader);
            value.Clear();
            ReadValue(ref reader, namesFaultyKey);
            Placeholders.AddValue(placeholder.Span, value.Written);
        }
    }

    /// <summary>Checks what can be said before any expression is parsed.</summary>
    /// <param name="hasExpressions">Any expression came, also one that takes no values.</param>
    /// <param name="absentExpressions">
    /// Set when no expression that takes values came: AWS's words for them, e.g. <c>ConditionExpression is null</c>.
    /// </param>
    internal void Check(bool hasExpressions, string? absentExpressions)
    {
        if (hasNames && !hasExpressions)
        {
            throw DynamoDbException.Validation("ExpressionAttributeNames can only be specified when using expressions");
        }

        if (hasValues && absentExpressions is not null)
        {
            throw DynamoDbException.Validation(
                $"ExpressionAttributeValues can only be specified when using expressions: {absentExpressions}");
        }

        if (hasNames && Placeholders.NameCount == 0)
        {
            throw DynamoDbException.Validation("ExpressionAttributeNames must not be empty");
        }

        if (hasValues && Placeholders.ValueCount == 0)
        {
            throw DynamoDbException.Validation("ExpressionAttributeValues must not be empty");
        }
    }

    private void ReadValue(ref Utf8JsonReader reader, bool namesFaultyKey)
    {
        try
        {
            AttributeValueReader.ReadValue(ref reader, value);
        }
        catch (DynamoDbException fault) when (namesFaultyKey && fault.ErrorType == "ValidationException")
        {
            throw DynamoDbException.Validation(
                $"ExpressionAttributeValues contains invalid value: {fault.Message} for key {placeholder}");
        }
    }

    private static void RequireMap(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw AttributeValueErrors.NotAMap(reader.TokenType);
        }
    }
}
