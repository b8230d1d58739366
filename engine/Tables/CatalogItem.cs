using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Utf8 = System.Text.Encoding;

namespace Storage.Engine.Tables;

/// <summary>
/// A table's definition as an item of the catalog. Members that a later version adds have defaults, so that older
/// items stay readable; docs/FILE_FORMATS.md, The catalog.
/// </summary>
internal static class CatalogItem
{
    /// <summary>
    /// Version of this layout; a newer one is refused by name. A table with time to live needs version 2: who does not
    /// know of its hidden index cannot apply its records.
    /// </summary>
    private const int Version = 2;
    private const int VersionWithoutTimeToLive = 1;

    internal static void Write(StoredTable table, ValueWriter writer)
    {
        var definition = table.Definition;
        var mark = writer.Begin(ValueTag.Map);
        WriteNumber(writer, "version"u8, table.Expiry is null ? VersionWithoutTimeToLive : Version);
        WriteString(writer, "name"u8, definition.Name);
        WriteNumber(writer, "id"u8, table.Id);
        WriteString(writer, "tableId"u8, table.TableId.ToString("D"));
        WriteNumber(writer, "created"u8, table.CreatedMicros);
        WriteNumber(writer, "firstPartition"u8, table.FirstPartitionId);
        WriteNumber(writer, "partitions"u8, table.PartitionCount);
        WriteKey(writer, definition.Key);
        WriteNumber(writer, "billing"u8, (int)definition.BillingMode);
        WriteThroughput(writer, definition.Throughput);
        WriteNumber(writer, "stream"u8, definition.Stream is { } view ? (int)view : -1);
        WriteNumber(writer, "streamLabel"u8, table.StreamLabelMicros);
        WriteNumber(writer, "streamSince"u8, table.StreamSinceLsn);
        WriteNumber(writer, "onDemandSince"u8, table.OnDemandSinceMicros);
        writer.BeginMember("protected"u8);
        writer.WriteBoolean(definition.DeletionProtection);
        writer.BeginMember("indexes"u8);
        var list = writer.Begin(ValueTag.List);
        for (var i = 0; i < definition.Indexes.Length; i++)
        {
            writer.BeginElement();
            WriteIndex(writer, definition.Indexes[i], table.Indexes[i]);
        }

        writer.End(list);
        if (table.Expiry is { } expiry)
        {
            WriteTimeToLive(writer, definition.TimeToLive!, expiry);
        }

        writer.End(mark);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">A newer version wrote it, or a member is missing.</exception>
    internal static StoredTable Read(ValueView item)
    {
        var version = ReadNumber(item, "version"u8);
        if (version > Version)
        {
            throw new InvalidDataException($"The catalog has version {version}; this build reads up to {Version}.");
        }

        var definitions = ImmutableArray.CreateBuilder<IndexDefinition>();
        var stored = ImmutableArray.CreateBuilder<StoredIndex>();
        foreach (var element in Require(item, "indexes"u8).Elements)
        {
            definitions.Add(ReadIndexDefinition(element));
            stored.Add(ReadStoredIndex(element));
        }

        var stream = ReadNumber(item, "stream"u8);
        var expires = item.TryGetMember("timeToLive"u8, out var timeToLive);
        return new StoredTable
        {
            Definition = new TableDefinition
            {
                Name = ReadString(item, "name"u8),
                Key = ReadKey(item),
                Indexes = definitions.ToImmutable(),
                BillingMode = (BillingMode)ReadNumber(item, "billing"u8),
                Throughput = ReadThroughput(item),
                Stream = stream < 0 ? null : (StreamViewType)stream,
                TimeToLive = expires ? ReadString(timeToLive, "attribute"u8) : null,
                DeletionProtection = Require(item, "protected"u8).Boolean,
            },
            Id = (uint)ReadNumber(item, "id"u8),
            TableId = Guid.ParseExact(ReadString(item, "tableId"u8), "D"),
            CreatedMicros = ReadNumber(item, "created"u8),
            FirstPartitionId = (uint)ReadNumber(item, "firstPartition"u8),
            PartitionCount = (int)ReadNumber(item, "partitions"u8),
            Indexes = stored.ToImmutable(),
            Expiry = expires ? ReadStoredIndex(timeToLive) : null,
            StreamLabelMicros = ReadNumber(item, "streamLabel"u8),
            StreamSinceLsn = item.TryGetMember("streamSince"u8, out _) ? ReadNumber(item, "streamSince"u8) : 0,
            OnDemandSinceMicros = ReadNumber(item, "onDemandSince"u8),
        };
    }

    internal static void WriteNumber(ValueWriter writer, ReadOnlySpan<byte> name, long value)
    {
        Span<byte> text = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, text, out var length);
        writer.BeginMember(name);
        writer.WriteNumberText(text[..length]);
    }

    internal static long ReadNumber(ValueView item, ReadOnlySpan<byte> name)
    {
        Span<byte> text = stackalloc byte[NumberCodec.TextBytesMax];
        var length = NumberCodec.Format(Require(item, name).Scalar, text);
        return long.Parse(text[..length], CultureInfo.InvariantCulture);
    }

    private static void WriteIndex(ValueWriter writer, IndexDefinition definition, StoredIndex stored)
    {
        var mark = writer.Begin(ValueTag.Map);
        WriteString(writer, "name"u8, definition.Name);
        writer.BeginMember("local"u8);
        writer.WriteBoolean(definition.IsLocal);
        WriteStoredIndex(writer, stored);
        WriteKey(writer, definition.Key);
        WriteNumber(writer, "projection"u8, (int)definition.Projection);
        WriteThroughput(writer, definition.Throughput);
        writer.BeginMember("attributes"u8);
        var list = writer.Begin(ValueTag.List);
        foreach (var attribute in definition.NonKeyAttributes)
        {
            writer.BeginElement();
            writer.WriteString(Utf8.UTF8.GetBytes(attribute));
        }

        writer.End(list);
        writer.End(mark);
    }

    private static void WriteTimeToLive(ValueWriter writer, string attribute, StoredIndex stored)
    {
        writer.BeginMember("timeToLive"u8);
        var mark = writer.Begin(ValueTag.Map);
        WriteString(writer, "attribute"u8, attribute);
        WriteStoredIndex(writer, stored);
        writer.End(mark);
    }

    private static void WriteStoredIndex(ValueWriter writer, StoredIndex stored)
    {
        WriteNumber(writer, "id"u8, stored.Id);
        WriteNumber(writer, "firstPartition"u8, stored.FirstPartitionId);
        WriteNumber(writer, "partitions"u8, stored.PartitionCount);
        WriteNumber(writer, "status"u8, (int)stored.Status);
    }

    private static StoredIndex ReadStoredIndex(ValueView element) => new(
        (uint)ReadNumber(element, "id"u8),
        (uint)ReadNumber(element, "firstPartition"u8),
        (int)ReadNumber(element, "partitions"u8),
        (IndexStatus)ReadNumber(element, "status"u8));

    private static IndexDefinition ReadIndexDefinition(ValueView element)
    {
        var attributes = ImmutableArray.CreateBuilder<string>();
        foreach (var attribute in Require(element, "attributes"u8).Elements)
        {
            attributes.Add(Utf8.UTF8.GetString(attribute.Scalar));
        }

        return new IndexDefinition
        {
            Name = ReadString(element, "name"u8),
            IsLocal = Require(element, "local"u8).Boolean,
            Key = ReadKey(element),
            Projection = (ProjectionType)ReadNumber(element, "projection"u8),
            NonKeyAttributes = attributes.ToImmutable(),
            Throughput = ReadThroughput(element),
        };
    }

    internal static void WriteKey(ValueWriter writer, KeySchema key)
    {
        writer.BeginMember("key"u8);
        var list = writer.Begin(ValueTag.List);
        for (var i = 0; i < key.Count; i++)
        {
            writer.BeginElement();
            var mark = writer.Begin(ValueTag.Map);
            WriteString(writer, "name"u8, key[i].Name);
            WriteNumber(writer, "type"u8, (int)key[i].Type);
            writer.BeginMember("sort"u8);
            writer.WriteBoolean(i >= key.Partition.Length);
            writer.End(mark);
        }

        writer.End(list);
    }

    internal static KeySchema ReadKey(ValueView owner)
    {
        var partition = ImmutableArray.CreateBuilder<KeyAttribute>();
        var sort = ImmutableArray.CreateBuilder<KeyAttribute>();
        foreach (var element in Require(owner, "key"u8).Elements)
        {
            var attribute = new KeyAttribute(ReadString(element, "name"u8), (AttributeType)ReadNumber(element, "type"u8));
            (Require(element, "sort"u8).Boolean ? sort : partition).Add(attribute);
        }

        return new KeySchema(partition.ToImmutable(), sort.ToImmutable());
    }

    private static void WriteThroughput(ValueWriter writer, ProvisionedThroughput throughput)
    {
        WriteNumber(writer, "readUnits"u8, throughput.ReadCapacityUnits);
        WriteNumber(writer, "writeUnits"u8, throughput.WriteCapacityUnits);
    }

    private static ProvisionedThroughput ReadThroughput(ValueView owner) =>
        new(ReadNumber(owner, "readUnits"u8), ReadNumber(owner, "writeUnits"u8));

    internal static void WriteString(ValueWriter writer, ReadOnlySpan<byte> name, string value)
    {
        writer.BeginMember(name);
        writer.WriteString(Utf8.UTF8.GetBytes(value));
    }

    internal static string ReadString(ValueView item, ReadOnlySpan<byte> name) =>
        Utf8.UTF8.GetString(Require(item, name).Scalar);

    private static ValueView Require(ValueView item, ReadOnlySpan<byte> name) => item.TryGetMember(name, out var value)
        ? value
        : throw new InvalidDataException($"A catalog item lacks the member {Utf8.UTF8.GetString(name)}.");
}
