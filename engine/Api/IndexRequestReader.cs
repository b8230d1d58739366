using System.Text.Json;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>
/// Reads the members that describe keys and indexes, the reader on the member's name. Paths name a member for error
/// texts, e.g. <c>KeySchema.1.member.KeyType</c>.
/// </summary>
internal static class IndexRequestReader
{
    private const int NameLengthMax = 255;

    internal static List<KeySchemaElement>? ReadKeySchema(ref Utf8JsonReader reader, ConstraintErrors errors, string path)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            return null;
        }

        RequestJson.RequireArray(ref reader);
        var elements = new List<KeySchemaElement>();
        var position = 1;
        for (; RequestJson.NextElement(ref reader); position++)
        {
            RequestJson.RequireObject(ref reader);
            if (ReadKeySchemaElement(ref reader, errors, $"{path}.{position}.member") is { } element)
            {
                elements.Add(element);
            }
        }

        if (position == 1)
        {
            errors.Add(ConstraintText.LengthAtLeast(path, 1));
        }

        return elements;
    }

    internal static List<IndexRequest>? ReadIndexes(ref Utf8JsonReader reader, ConstraintErrors errors, string path)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            return null;
        }

        RequestJson.RequireArray(ref reader);
        var indexes = new List<IndexRequest>();
        for (var position = 1; RequestJson.NextElement(ref reader); position++)
        {
            indexes.Add(ReadIndex(ref reader, errors, $"{path}.{position}.member"));
        }

        return indexes;
    }

    internal static List<IndexUpdate>? ReadUpdates(ref Utf8JsonReader reader, ConstraintErrors errors)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            return null;
        }

        RequestJson.RequireArray(ref reader);
        var updates = new List<IndexUpdate>();
        for (var position = 1; RequestJson.NextElement(ref reader); position++)
        {
            RequestJson.RequireObject(ref reader);
            var path = $"GlobalSecondaryIndexUpdates.{position}.member";
            var update = new IndexUpdate(null, null, null);
            while (RequestJson.NextMember(ref reader))
            {
                update = ReadUpdateMember(ref reader, update, errors, path);
            }

            updates.Add(update);
        }

        return updates;
    }

    internal static ProvisionedThroughput? ReadThroughput(ref Utf8JsonReader reader, ConstraintErrors errors, string path)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            return null;
        }

        RequestJson.RequireObject(ref reader);
        long? read = null;
        long? write = null;
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("ReadCapacityUnits"u8))
            {
                read = RequestJson.ReadInteger(ref reader);
            }
            else if (reader.ValueTextEquals("WriteCapacityUnits"u8))
            {
                write = RequestJson.ReadInteger(ref reader);
            }
            else
            {
                RequestJson.SkipMember(ref reader);
            }
        }

        CheckUnits(read, errors, path + ".ReadCapacityUnits");
        CheckUnits(write, errors, path + ".WriteCapacityUnits");
        return new ProvisionedThroughput(read ?? 0, write ?? 0);
    }

    /// <summary>A member that is a string; null when it is null.</summary>
    internal static string? ReadString(ref Utf8JsonReader reader)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            return null;
        }

        RequestJson.RequireString(ref reader);
        return RequestJson.Text(ref reader);
    }

    internal static void CheckAttributeName(string? name, ConstraintErrors errors, string path)
    {
        if (name is null)
        {
            errors.Add(ConstraintText.NotNull(OlderPath(path)));
        }
        else if (name.Length == 0)
        {
            errors.Add(ConstraintText.LengthAtLeast(path, 1));
        }
        else if (System.Text.Encoding.UTF8.GetByteCount(name) > NameLengthMax)
        {
            errors.Add(ConstraintText.LengthAtMost(path, NameLengthMax));
        }
    }

    /// <summary>The older form of a path, with small first letters: <c>keySchema.1.member.keyType</c>.</summary>
    internal static string OlderPath(string path) =>
        string.Join('.', path.Split('.').Select(step => char.ToLowerInvariant(step[0]) + step[1..]));

    private static KeySchemaElement? ReadKeySchemaElement(ref Utf8JsonReader reader, ConstraintErrors errors, string path)
    {
        string? name = null;
        string? type = null;
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("AttributeName"u8))
            {
                name = ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("KeyType"u8))
            {
                type = ReadString(ref reader);
            }
            else
            {
                RequestJson.SkipMember(ref reader);
            }
        }

        CheckAttributeName(name, errors, path + ".AttributeName");
        if (type is null)
        {
            errors.Add(ConstraintText.NotNull(OlderPath(path + ".KeyType")));
        }
        else if (type is not ("HASH" or "RANGE"))
        {
            errors.Add(ConstraintText.Enum(OlderPath(path + ".KeyType"), type, "HASH, RANGE"));
        }

        return name is null ? null : new KeySchemaElement(name, type == "HASH");
    }

    private static IndexRequest ReadIndex(ref Utf8JsonReader reader, ConstraintErrors errors, string path)
    {
        RequestJson.RequireObject(ref reader);
        string? name = null;
        List<KeySchemaElement>? key = null;
        var hasProjection = false;
        ProjectionType? projection = null;
        List<string>? attributes = null;
        ProvisionedThroughput? throughput = null;
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("IndexName"u8))
            {
                name = ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("KeySchema"u8))
            {
                key = ReadKeySchema(ref reader, errors, path + ".KeySchema");
            }
            else if (reader.ValueTextEquals("Projection"u8))
            {
                hasProjection = ReadProjection(ref reader, errors, path + ".Projection", out projection, out attributes);
            }
            else if (reader.ValueTextEquals("ProvisionedThroughput"u8))
            {
                throughput = ReadThroughput(ref reader, errors, path + ".ProvisionedThroughput");
            }
            else
            {
                UnsupportedParameters.RefuseOrSkip(ref reader);
            }
        }

        CheckIndexName(name, errors, path + ".IndexName");
        if (key is null)
        {
            errors.Add(ConstraintText.NotNull(OlderPath(path + ".KeySchema")));
        }

        if (!hasProjection)
        {
            errors.Add(ConstraintText.NotNull(OlderPath(path + ".Projection")));
        }

        return new IndexRequest(name ?? string.Empty, key ?? [], projection, attributes, throughput);
    }

    /// <summary>False when the member is null.</summary>
    private static bool ReadProjection(
        ref Utf8JsonReader reader,
        ConstraintErrors errors,
        string path,
        out ProjectionType? projection,
        out List<string>? attributes)
    {
        projection = null;
        attributes = null;
        if (!RequestJson.MoveToValue(ref reader))
        {
            return false;
        }

        RequestJson.RequireObject(ref reader);
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("ProjectionType"u8))
            {
                projection = ReadProjectionType(ref reader, errors, path + ".ProjectionType");
            }
            else if (reader.ValueTextEquals("NonKeyAttributes"u8))
            {
                attributes = ReadAttributeNames(ref reader, errors, path + ".NonKeyAttributes");
            }
            else
            {
                RequestJson.SkipMember(ref reader);
            }
        }

        return true;
    }

    private static ProjectionType? ReadProjectionType(ref Utf8JsonReader reader, ConstraintErrors errors, string path)
    {
        switch (ReadString(ref reader))
        {
            case null:
                return null;
            case "ALL":
                return ProjectionType.All;
            case "KEYS_ONLY":
                return ProjectionType.KeysOnly;
            case "INCLUDE":
                return ProjectionType.Include;
            default:
                ReturnOptions.AddEnum(ref reader, errors, OlderPath(path), "ALL, INCLUDE, KEYS_ONLY");
                return null;
        }
    }

    private static List<string>? ReadAttributeNames(ref Utf8JsonReader reader, ConstraintErrors errors, string path)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            return null;
        }

        RequestJson.RequireArray(ref reader);
        var names = new List<string>();
        var position = 1;
        for (; RequestJson.NextElement(ref reader); position++)
        {
            RequestJson.RequireString(ref reader);
            var name = RequestJson.Text(ref reader);
            CheckAttributeName(name, errors, $"{path}.{position}.member");
            names.Add(name);
        }

        if (position == 1)
        {
            errors.Add(ConstraintText.LengthAtLeast(path, 1));
        }

        return names;
    }

    private static IndexUpdate ReadUpdateMember(
        ref Utf8JsonReader reader, IndexUpdate update, ConstraintErrors errors, string path)
    {
        var member = RequestJson.Text(ref reader);
        if (!RequestJson.MoveToValue(ref reader))
        {
            return update;
        }

        switch (member)
        {
            case "Create":
                return update with { Create = ReadIndex(ref reader, errors, path + ".Create") };
            case "Update":
                var (updated, throughput) = ReadNamed(ref reader, errors, path + ".Update");
                return update with { Update = (updated, throughput) };
            case "Delete":
                return update with { Delete = ReadNamed(ref reader, errors, path + ".Delete").Name };
            default:
                JsonToken.Skip(ref reader);
                return update;
        }
    }

    /// <summary>The structures of Update and Delete: a name and, perhaps, a throughput.</summary>
    private static (string Name, ProvisionedThroughput? Throughput) ReadNamed(
        ref Utf8JsonReader reader, ConstraintErrors errors, string path)
    {
        RequestJson.RequireObject(ref reader);
        string? name = null;
        ProvisionedThroughput? throughput = null;
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("IndexName"u8))
            {
                name = ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("ProvisionedThroughput"u8))
            {
                throughput = ReadThroughput(ref reader, errors, path + ".ProvisionedThroughput");
            }
            else
            {
                UnsupportedParameters.RefuseOrSkip(ref reader);
            }
        }

        CheckIndexName(name, errors, path + ".IndexName");
        return (name ?? string.Empty, throughput);
    }

    private static void CheckIndexName(string? name, ConstraintErrors errors, string path)
    {
        if (name is null)
        {
            errors.Add(ConstraintText.NotNull(OlderPath(path)));
        }
        else
        {
            TableNames.CheckName(System.Text.Encoding.UTF8.GetBytes(name), errors, path);
        }
    }

    private static void CheckUnits(long? units, ConstraintErrors errors, string path)
    {
        if (units is null)
        {
            errors.Add(ConstraintText.NotNull(OlderPath(path)));
        }
        else if (units < 1)
        {
            errors.Add(ConstraintText.ValueAtLeast(path, 1));
        }
    }
}
