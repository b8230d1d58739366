using System.Buffers;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>A request of which only TableName matters.</summary>
internal static class TableNameRequest
{
    /// <summary>Reads a body and gives the table's name, also when an ARN came.</summary>
    /// <exception cref="DynamoDbException">ValidationException; SerializationException.</exception>
    internal static string Read(in ReadOnlySequence<byte> body)
    {
        var name = new RequestText();
        var reader = RequestJson.Open(body);
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("TableName"u8))
            {
                name.Read(ref reader);
            }
            else
            {
                RequestJson.SkipMember(ref reader);
            }
        }

        RequestJson.Close(ref reader);
        if (!name.IsPresent)
        {
            throw RequestJson.Missing("TableName");
        }

        var errors = new ConstraintErrors();
        TableNames.Check(name.Span, errors);
        errors.ThrowIfAny();
        return TextOf(name);
    }

    /// <summary>The name in a member that may hold an ARN.</summary>
    internal static string TextOf(RequestText nameOrArn) =>
        System.Text.Encoding.UTF8.GetString(TableNames.NameOf(nameOrArn.Span));
}
