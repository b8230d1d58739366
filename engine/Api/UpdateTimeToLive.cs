using System.Buffers;
using System.Text.Json;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>
/// UpdateTimeToLive: answers what was asked for. Source of the texts: observed answers of DynamoDB. Its limit of one
/// change of a table in an hour is not kept.
/// </summary>
internal sealed class UpdateTimeToLive(Database database) : IOperation
{
    private const string Specification = "TimeToLiveSpecification";

    private sealed record Request(string Table, bool Enabled, string Attribute);

    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var request = Read(body);
        await database
            .UpdateTimeToLiveAsync(request.Table, definition => Choose(definition.TimeToLive, request), cancellation)
            .ConfigureAwait(false);
        response.WriteStartObject();
        response.WriteStartObject(Specification);
        response.WriteBoolean("Enabled"u8, request.Enabled);
        response.WriteString("AttributeName"u8, request.Attribute);
        response.WriteEndObject();
        response.WriteEndObject();
        return IOperation.Ok;
    }

    /// <summary>The table's attribute from now on; null for none.</summary>
    /// <exception cref="DynamoDbException">ValidationException: it is so already, or by another attribute.</exception>
    private static string? Choose(string? current, Request request)
    {
        if (current is not null && current != request.Attribute)
        {
            throw DynamoDbException.Validation(
                $"TimeToLive is active on a different AttributeName: current AttributeName is {current}");
        }

        if (request.Enabled == current is not null)
        {
            throw DynamoDbException.Validation(
                request.Enabled ? "TimeToLive is already enabled" : "TimeToLive is already disabled");
        }

        return request.Enabled ? request.Attribute : null;
    }

    private static Request Read(in ReadOnlySequence<byte> body)
    {
        var name = new RequestText();
        var errors = new ConstraintErrors();
        (bool Enabled, string? Attribute)? specification = null;
        var reader = RequestJson.Open(body);
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("TableName"u8))
            {
                name.Read(ref reader);
            }
            else if (reader.ValueTextEquals(Specification))
            {
                specification = ReadSpecification(ref reader, errors);
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

        if (specification is not { } given)
        {
            throw RequestJson.Missing(Specification);
        }

        TableNames.Check(name.Span, errors);
        errors.ThrowIfAny();
        return new Request(TableNameRequest.TextOf(name), given.Enabled, given.Attribute!);
    }

    private static (bool Enabled, string? Attribute)? ReadSpecification(ref Utf8JsonReader reader, ConstraintErrors errors)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            return null;
        }

        RequestJson.RequireObject(ref reader);
        bool? enabled = null;
        string? attribute = null;
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("Enabled"u8))
            {
                enabled = RequestJson.ReadBoolean(ref reader);
            }
            else if (reader.ValueTextEquals("AttributeName"u8))
            {
                attribute = IndexRequestReader.ReadString(ref reader);
            }
            else
            {
                RequestJson.SkipMember(ref reader);
            }
        }

        IndexRequestReader.CheckAttributeName(attribute, errors, Specification + ".AttributeName");
        if (enabled is null)
        {
            errors.Add(ConstraintText.NotNull(IndexRequestReader.OlderPath(Specification + ".Enabled")));
        }

        return (enabled ?? false, attribute);
    }
}
