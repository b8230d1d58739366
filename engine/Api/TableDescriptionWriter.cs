using System.Text.Json;
using Storage.Engine.Model;
using Storage.Engine.Streams;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>Writes a TableDescription. Source of members and their order: API Reference, TableDescription; observed answers.</summary>
internal static class TableDescriptionWriter
{
    /// <summary>Writes a whole answer of one member and waits until all it shows would survive power loss.</summary>
    /// <param name="json">The answer.</param>
    /// <param name="member">Name of the member.</param>
    /// <param name="table">What to describe.</param>
    /// <param name="database">Names Region and account of ARNs.</param>
    /// <param name="status">TableStatus: an answer that announces a transition shows it.</param>
    /// <param name="indexStatus">IndexStatus of all indexes, or null to show each one's own.</param>
    /// <param name="cancellation">Ends the wait.</param>
    internal static async ValueTask<int> AnswerAsync(
        Utf8JsonWriter json,
        string member,
        Table table,
        Database database,
        string status,
        string? indexStatus,
        CancellationToken cancellation)
    {
        json.WriteStartObject();
        json.WritePropertyName(member);
        Write(json, table, database, status, indexStatus);
        json.WriteEndObject();
        await database.WaitUntilDurableAsync(table.LastLsn, cancellation).ConfigureAwait(false);
        return IOperation.Ok;
    }

    private static void Write(Utf8JsonWriter json, Table table, Database database, string status, string? indexStatus)
    {
        var definition = table.Definition;
        var arn = ArnOf(table, database);
        json.WriteStartObject();
        json.WriteStartArray("AttributeDefinitions"u8);
        foreach (var attribute in AttributesOf(definition))
        {
            json.WriteStartObject();
            json.WriteString("AttributeName"u8, attribute.Name);
            json.WriteString("AttributeType"u8, attribute.Type.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("TableName"u8, table.Name);
        WriteKeySchema(json, definition.Key);
        json.WriteString("TableStatus"u8, status);
        json.WritePropertyName("CreationDateTime"u8);
        WriteSeconds(json, table.Stored.CreatedMicros);
        WriteThroughput(json, definition.Throughput);
        json.WriteNumber("TableSizeBytes"u8, table.SizeBytes);
        json.WriteNumber("ItemCount"u8, table.ItemCount);
        json.WriteString("TableArn"u8, arn);
        json.WriteString("TableId"u8, table.Stored.TableId);
        WriteBilling(json, table);
        WriteIndexes(json, table, arn, true, indexStatus);
        WriteIndexes(json, table, arn, false, indexStatus);
        WriteStream(json, table, arn);
        json.WriteBoolean("DeletionProtectionEnabled"u8, definition.DeletionProtection);
        json.WriteEndObject();
    }

    internal static string ArnOf(Table table, Database database) =>
        $"arn:aws:dynamodb:{database.Region}:{database.AccountId}:table/{table.Name}";

    /// <summary>The attributes of all keys, the table's first, each once.</summary>
    internal static List<KeyAttribute> AttributesOf(TableDefinition table)
    {
        var attributes = new List<KeyAttribute>();
        Add(table.Key);
        foreach (var index in table.Indexes)
        {
            Add(index.Key);
        }

        return attributes;

        void Add(KeySchema key)
        {
            for (var i = 0; i < key.Count; i++)
            {
                if (!attributes.Exists(known => known.Name == key[i].Name))
                {
                    attributes.Add(key[i]);
                }
            }
        }
    }

    internal static string NameOf(ProjectionType projection) => projection switch
    {
        ProjectionType.All => "ALL",
        ProjectionType.KeysOnly => "KEYS_ONLY",
        _ => "INCLUDE",
    };

    internal static void WriteKeySchema(Utf8JsonWriter json, KeySchema key)
    {
        json.WriteStartArray("KeySchema"u8);
        for (var i = 0; i < key.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("AttributeName"u8, key[i].Name);
            json.WriteString("KeyType"u8, i < key.Partition.Length ? "HASH"u8 : "RANGE"u8);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteThroughput(Utf8JsonWriter json, ProvisionedThroughput throughput)
    {
        json.WriteStartObject("ProvisionedThroughput"u8);
        json.WriteNumber("NumberOfDecreasesToday"u8, 0);
        json.WriteNumber("ReadCapacityUnits"u8, throughput.ReadCapacityUnits);
        json.WriteNumber("WriteCapacityUnits"u8, throughput.WriteCapacityUnits);
        json.WriteEndObject();
    }

    /// <summary>Only for a table that is or once was on demand.</summary>
    private static void WriteBilling(Utf8JsonWriter json, Table table)
    {
        if (table.Stored.OnDemandSinceMicros == 0)
        {
            return;
        }

        json.WriteStartObject("BillingModeSummary"u8);
        json.WriteString(
            "BillingMode"u8,
            table.Definition.BillingMode == BillingMode.PayPerRequest ? "PAY_PER_REQUEST"u8 : "PROVISIONED"u8);
        json.WritePropertyName("LastUpdateToPayPerRequestDateTime"u8);
        WriteSeconds(json, table.Stored.OnDemandSinceMicros);
        json.WriteEndObject();
    }

    private static void WriteIndexes(Utf8JsonWriter json, Table table, string arn, bool local, string? status)
    {
        var any = false;
        foreach (var index in table.Indexes)
        {
            if (index.Definition.IsLocal != local)
            {
                continue;
            }

            if (!any)
            {
                json.WriteStartArray(local ? "LocalSecondaryIndexes"u8 : "GlobalSecondaryIndexes"u8);
                any = true;
            }

            WriteIndex(json, index, arn, status);
        }

        if (any)
        {
            json.WriteEndArray();
        }
    }

    private static void WriteIndex(Utf8JsonWriter json, SecondaryIndex index, string arn, string? status)
    {
        var definition = index.Definition;
        json.WriteStartObject();
        json.WriteString("IndexName"u8, definition.Name);
        WriteKeySchema(json, definition.Key);
        json.WriteStartObject("Projection"u8);
        json.WriteString("ProjectionType"u8, NameOf(definition.Projection));
        if (definition.Projection == ProjectionType.Include)
        {
            json.WriteStartArray("NonKeyAttributes"u8);
            foreach (var attribute in definition.NonKeyAttributes)
            {
                json.WriteStringValue(attribute);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        if (!definition.IsLocal)
        {
            json.WriteString("IndexStatus"u8, status ?? (index.IsActive ? "ACTIVE" : "CREATING"));
            if (!index.IsActive)
            {
                json.WriteBoolean("Backfilling"u8, true);
            }

            WriteThroughput(json, definition.Throughput);
        }

        json.WriteNumber("IndexSizeBytes"u8, index.SizeBytes);
        json.WriteNumber("ItemCount"u8, index.ItemCount);
        json.WriteString("IndexArn"u8, $"{arn}/index/{definition.Name}");
        json.WriteEndObject();
    }

    /// <summary>The label stays when the stream is switched off: what it wrote is still readable by its ARN.</summary>
    private static void WriteStream(Utf8JsonWriter json, Table table, string arn)
    {
        if (table.Stored.StreamLabelMicros == 0)
        {
            return;
        }

        if (table.Definition.Stream is { } view)
        {
            json.WriteStartObject("StreamSpecification"u8);
            json.WriteBoolean("StreamEnabled"u8, true);
            json.WriteString("StreamViewType"u8, StreamRecordWriter.NameOf(view));
            json.WriteEndObject();
        }

        var label = TableStream.LabelOf(table.Stored.StreamLabelMicros);
        json.WriteString("LatestStreamLabel"u8, label);
        json.WriteString("LatestStreamArn"u8, $"{arn}/stream/{label}");
    }

    /// <summary>Seconds since 1970-01-01 UTC with three decimals, in exact arithmetic.</summary>
    internal static void WriteSeconds(Utf8JsonWriter json, long micros) =>
        json.WriteNumberValue(new decimal(micros / 1000) / 1000);
}
