using System.Buffers;
using System.Text.Json;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>
/// Reads the requests of CreateTable and UpdateTable: structure, types and each member's own constraints. What members
/// must be together is <see cref="TableDefinitionReader"/>'s and <see cref="TableChangeReader"/>'s.
/// </summary>
internal static class TableRequestReader
{
    /// <summary>Reads a whole body.</summary>
    /// <exception cref="DynamoDbException">Not the request's structure, or a member breaks its constraint.</exception>
    internal static TableRequest Read(in ReadOnlySequence<byte> body)
    {
        var request = new TableRequest();
        var errors = new ConstraintErrors();
        var reader = RequestJson.Open(body);
        while (RequestJson.NextMember(ref reader))
        {
            ReadMember(ref reader, request, errors);
        }

        RequestJson.Close(ref reader);
        if (!request.TableName.IsPresent)
        {
            throw RequestJson.Missing("TableName");
        }

        TableNames.Check(request.TableName.Span, errors);
        errors.ThrowIfAny();
        return request;
    }

    private static void ReadMember(ref Utf8JsonReader reader, TableRequest request, ConstraintErrors errors)
    {
        switch (RequestJson.Text(ref reader))
        {
            case "TableName":
                request.TableName.Read(ref reader);
                break;
            case "AttributeDefinitions":
                request.AttributeDefinitions = ReadAttributeDefinitions(ref reader, errors);
                break;
            case "KeySchema":
                request.KeySchema = IndexRequestReader.ReadKeySchema(ref reader, errors, "KeySchema");
                break;
            case "LocalSecondaryIndexes":
                request.LocalIndexes = IndexRequestReader.ReadIndexes(ref reader, errors, "LocalSecondaryIndexes");
                break;
            case "GlobalSecondaryIndexes":
                request.GlobalIndexes = IndexRequestReader.ReadIndexes(ref reader, errors, "GlobalSecondaryIndexes");
                break;
            case "GlobalSecondaryIndexUpdates":
                request.GlobalIndexUpdates = IndexRequestReader.ReadUpdates(ref reader, errors);
                break;
            case "BillingMode":
                request.BillingMode = ReadBillingMode(ref reader, errors);
                break;
            case "ProvisionedThroughput":
                request.Throughput = IndexRequestReader.ReadThroughput(ref reader, errors, "ProvisionedThroughput");
                break;
            case "StreamSpecification":
                request.Stream = ReadStream(ref reader, errors);
                break;
            case "DeletionProtectionEnabled":
                request.DeletionProtection = RequestJson.ReadBoolean(ref reader);
                break;
            default:
                UnsupportedParameters.RefuseOrSkip(ref reader);
                break;
        }
    }

    private static List<KeyAttribute>? ReadAttributeDefinitions(ref Utf8JsonReader reader, ConstraintErrors errors)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            return null;
        }

        RequestJson.RequireArray(ref reader);
        var definitions = new List<KeyAttribute>();
        for (var position = 1; RequestJson.NextElement(ref reader); position++)
        {
            RequestJson.RequireObject(ref reader);
            var path = $"AttributeDefinitions.{position}.member";
            string? name = null;
            AttributeType? type = null;
            var hasType = false;
            while (RequestJson.NextMember(ref reader))
            {
                if (reader.ValueTextEquals("AttributeName"u8))
                {
                    name = IndexRequestReader.ReadString(ref reader);
                }
                else if (reader.ValueTextEquals("AttributeType"u8))
                {
                    hasType = ReadAttributeType(ref reader, errors, path, out type);
                }
                else
                {
                    RequestJson.SkipMember(ref reader);
                }
            }

            IndexRequestReader.CheckAttributeName(name, errors, path + ".AttributeName");
            if (!hasType)
            {
                errors.Add(ConstraintText.NotNull(IndexRequestReader.OlderPath(path + ".AttributeType")));
            }

            if (name is not null && type is not null)
            {
                definitions.Add(new KeyAttribute(name, type.Value));
            }
        }

        return definitions;
    }

    /// <summary>False when the member is null.</summary>
    private static bool ReadAttributeType(
        ref Utf8JsonReader reader, ConstraintErrors errors, string path, out AttributeType? type)
    {
        var text = IndexRequestReader.ReadString(ref reader);
        type = text switch
        {
            "S" => AttributeType.S,
            "N" => AttributeType.N,
            "B" => AttributeType.B,
            _ => null,
        };
        if (text is not null && type is null)
        {
            errors.Add(ConstraintText.Enum(IndexRequestReader.OlderPath(path + ".AttributeType"), text, "B, N, S"));
        }

        return text is not null;
    }

    private static BillingMode? ReadBillingMode(ref Utf8JsonReader reader, ConstraintErrors errors)
    {
        switch (IndexRequestReader.ReadString(ref reader))
        {
            case null:
                return null;
            case "PROVISIONED":
                return BillingMode.Provisioned;
            case "PAY_PER_REQUEST":
                return BillingMode.PayPerRequest;
            default:
                ReturnOptions.AddEnum(ref reader, errors, "billingMode", "PROVISIONED, PAY_PER_REQUEST");
                return null;
        }
    }

    private static StreamRequest? ReadStream(ref Utf8JsonReader reader, ConstraintErrors errors)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            return null;
        }

        RequestJson.RequireObject(ref reader);
        bool? enabled = null;
        StreamViewType? view = null;
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("StreamEnabled"u8))
            {
                enabled = RequestJson.ReadBoolean(ref reader);
            }
            else if (reader.ValueTextEquals("StreamViewType"u8))
            {
                view = ReadStreamView(ref reader, errors);
            }
            else
            {
                RequestJson.SkipMember(ref reader);
            }
        }

        if (enabled is null)
        {
            errors.Add(ConstraintText.NotNull("streamSpecification.streamEnabled"));
        }

        return new StreamRequest(enabled ?? false, view);
    }

    private static StreamViewType? ReadStreamView(ref Utf8JsonReader reader, ConstraintErrors errors)
    {
        switch (IndexRequestReader.ReadString(ref reader))
        {
            case null:
                return null;
            case "KEYS_ONLY":
                return StreamViewType.KeysOnly;
            case "NEW_IMAGE":
                return StreamViewType.NewImage;
            case "OLD_IMAGE":
                return StreamViewType.OldImage;
            case "NEW_AND_OLD_IMAGES":
                return StreamViewType.NewAndOldImages;
            default:
                ReturnOptions.AddEnum(
                    ref reader, errors, "streamSpecification.streamViewType", "NEW_AND_OLD_IMAGES, OLD_IMAGE, NEW_IMAGE, KEYS_ONLY");
                return null;
        }
    }
}
