using System.Buffers;
using System.Text.Json;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>ListTables: names in ordinal order, at most 100 a page.</summary>
internal sealed class ListTables(Database database) : IOperation
{
    private const int LimitMax = 100;

    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var (after, limit) = Read(body);

        // One more than asked for tells whether a page follows.
        var names = database.Catalog.Names(after, limit + 1);
        await database.WaitUntilDurableAsync(database.Catalog.Lsn, cancellation).ConfigureAwait(false);
        response.WriteStartObject();
        response.WriteStartArray("TableNames"u8);
        for (var i = 0; i < Math.Min(limit, names.Count); i++)
        {
            response.WriteStringValue(names[i]);
        }

        response.WriteEndArray();
        if (names.Count > limit)
        {
            response.WriteString("LastEvaluatedTableName"u8, names[limit - 1]);
        }

        response.WriteEndObject();
        return IOperation.Ok;
    }

    private static (string? After, int Limit) Read(in ReadOnlySequence<byte> body)
    {
        var after = new RequestText();
        long? limit = null;
        var errors = new ConstraintErrors();
        var reader = RequestJson.Open(body);
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("ExclusiveStartTableName"u8))
            {
                after.Read(ref reader);
            }
            else if (reader.ValueTextEquals("Limit"u8))
            {
                limit = RequestJson.ReadInteger(ref reader);
            }
            else
            {
                RequestJson.SkipMember(ref reader);
            }
        }

        RequestJson.Close(ref reader);
        if (after.IsPresent)
        {
            TableNames.CheckName(after.Span, errors, "ExclusiveStartTableName");
        }

        if (limit < 1)
        {
            errors.Add(ConstraintText.ValueAtLeast("Limit", 1));
        }
        else if (limit > LimitMax)
        {
            errors.Add(ConstraintText.ValueAtMost("Limit", LimitMax));
        }

        errors.ThrowIfAny();
        return (after.IsPresent ? after.ToString() : null, (int)(limit ?? LimitMax));
    }
}
