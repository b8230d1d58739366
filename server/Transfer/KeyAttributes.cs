using System.Buffers;
using System.Text.Json;
using Storage.Server.Options;

namespace Storage.Server.Transfer;

/// <summary>A table's key as the command line names it: <c>country:S</c> or <c>country:S,cityId:N</c>.</summary>
internal sealed class KeyAttributes
{
    private readonly List<(string Name, string Type)> attributes = [];

    private KeyAttributes()
    {
    }

    /// <exception cref="UsageException">It is not a key.</exception>
    internal static KeyAttributes Parse(string text)
    {
        var key = new KeyAttributes();
        foreach (var part in text.Split(','))
        {
            var colon = part.LastIndexOf(':');
            var type = part[(colon + 1)..];
            if (colon <= 0 || type is not ("S" or "N" or "B"))
            {
                throw new UsageException($"--key is NAME:TYPE or NAME:TYPE,NAME:TYPE with types S, N and B, not '{text}'.");
            }

            key.attributes.Add((part[..colon], type));
        }

        return key.attributes.Count <= 2
            ? key
            : throw new UsageException($"--key has a partition key and at most one sort key, not '{text}'.");
    }

    /// <summary>The body of CreateTable, on-demand billing.</summary>
    internal ReadOnlyMemory<byte> CreateTableRequest(string table)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("TableName", table);
            json.WriteString("BillingMode", "PAY_PER_REQUEST");
            json.WriteStartArray("AttributeDefinitions");
            foreach (var (name, type) in attributes)
            {
                json.WriteStartObject();
                json.WriteString("AttributeName", name);
                json.WriteString("AttributeType", type);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("KeySchema");
            for (var i = 0; i < attributes.Count; i++)
            {
                json.WriteStartObject();
                json.WriteString("AttributeName", attributes[i].Name);
                json.WriteString("KeyType", i == 0 ? "HASH" : "RANGE");
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return body.WrittenMemory;
    }
}
