using System.Text.Json;
using Storage.Engine.Expressions;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>AttributesToGet: the whole attributes that a read shows.</summary>
internal sealed class AttributesToGet
{
    /// <summary>Ours: each item shown is walked beside all of them.</summary>
    private const int CountMax = 5000;

    private readonly List<string> names = [];

    internal IReadOnlyList<string> Names => names;

    /// <summary>Reads the list, the reader on its first token.</summary>
    internal static AttributesToGet Read(ref Utf8JsonReader reader, ConstraintErrors errors)
    {
        RequestJson.RequireArray(ref reader);
        var read = new AttributesToGet();
        while (RequestJson.NextElement(ref reader))
        {
            RequestJson.RequireString(ref reader);
            var name = RequestJson.Text(ref reader);
            if (System.Text.Encoding.UTF8.GetByteCount(name) > AttributeValueReader.NameBytesMax)
            {
                throw AttributeValueErrors.LongName();
            }

            read.names.Add(name);
        }

        if (read.names.Count == 0)
        {
            errors.Add(ConstraintText.LengthAtLeast("AttributesToGet", 1));
        }

        return read;
    }

    /// <exception cref="DynamoDbException">
    /// A name came twice (source of the text: observed answers of DynamoDB), or there are too many.
    /// </exception>
    internal void Check()
    {
        if (names.Count > CountMax)
        {
            throw DynamoDbException.Validation(
                $"One or more parameter values were invalid: Number of attribute names exceeds the maximum of {CountMax}");
        }

        var seen = new HashSet<string>();
        foreach (var name in names)
        {
            if (!seen.Add(name))
            {
                throw DynamoDbException.Validation(
                    $"One or more parameter values were invalid: Duplicate value in attribute name: {name}");
            }
        }
    }

    internal BoundProjection Bind(Placeholders placeholders)
    {
        var utf8 = new byte[names.Count][];
        for (var i = 0; i < utf8.Length; i++)
        {
            utf8[i] = System.Text.Encoding.UTF8.GetBytes(names[i]);
        }

        return ProjectionExpression.OfAttributes(utf8).Bind(placeholders);
    }
}
