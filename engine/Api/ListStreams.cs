using System.Buffers;
using System.Text.Json;
using Storage.Engine.Model;
using Storage.Engine.Streams;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>ListStreams: ordered by table and label, those that were switched off in the last 24 hours too.</summary>
internal sealed class ListStreams(Database database, TableStreams streams) : IOperation
{
    private const int LimitMax = 100;

    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var request = Read(body);
        var found = streams.List(request.Table);
        if (request.Table is { } name && found.Count == 0 && (DefinitionRules.IsSystemName(name) || database.Catalog.Find(name) is null))
        {
            throw DynamoDbException.TableNotFound(name);
        }

        await database.WaitUntilDurableAsync(database.Catalog.Lsn, cancellation).ConfigureAwait(false);
        var start = request.After is { } after ? IndexBehind(found, after) : 0;
        var end = Math.Min(found.Count, start + request.Limit);
        response.WriteStartObject();
        response.WriteStartArray("Streams"u8);
        for (var i = start; i < end; i++)
        {
            response.WriteStartObject();
            response.WriteString("StreamArn"u8, found[i].Arn);
            response.WriteString("StreamLabel"u8, found[i].Label);
            response.WriteString("TableName"u8, found[i].TableName);
            response.WriteEndObject();
        }

        response.WriteEndArray();
        if (end < found.Count)
        {
            response.WriteString("LastEvaluatedStreamArn"u8, found[end - 1].Arn);
        }

        response.WriteEndObject();
        return IOperation.Ok;
    }

    /// <summary>The stream that a page ended with may be gone by now: its place is what counts.</summary>
    private static int IndexBehind(List<TableStream> streams, (string Table, string Label) after)
    {
        var index = streams.FindIndex(stream => TableStreams.Compare(stream.TableName, stream.Label, after.Table, after.Label) > 0);
        return index < 0 ? streams.Count : index;
    }

    private static (string? Table, (string Table, string Label)? After, int Limit) Read(in ReadOnlySequence<byte> body)
    {
        var table = new RequestText();
        var after = new RequestText();
        long? limit = null;
        var reader = RequestJson.Open(body);
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("TableName"u8))
            {
                table.Read(ref reader);
            }
            else if (reader.ValueTextEquals("ExclusiveStartStreamArn"u8))
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
        var errors = new ConstraintErrors();
        if (table.IsPresent)
        {
            TableNames.Check(table.Span, errors);
        }

        StreamMembers.CheckLimit(limit, LimitMax, errors);
        StreamMembers.CheckArn(after, errors, "ExclusiveStartStreamArn");
        errors.ThrowIfAny();
        (string, string)? place = null;
        if (after.IsPresent)
        {
            place = TableStreams.TryParseArn(after.ToString(), out var name, out var label)
                ? (name, label)
                : throw DynamoDbException.Validation("Invalid ExclusiveStartStreamArn");
        }

        return (table.IsPresent ? TableNameRequest.TextOf(table) : null, place, (int)(limit ?? LimitMax));
    }
}
