using System.Globalization;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Utf8 = System.Text.Encoding;

namespace Storage.Engine.Tables;

/// <summary>
/// A former stream as an item of the catalog, beside the tables; docs/FILE_FORMATS.md, System tables. It has no member
/// <c>version</c>, which is what tells a table's item.
/// </summary>
internal static class FormerStreamItem
{
    /// <summary>Version of this layout; a newer one is refused by name.</summary>
    private const int Version = 1;

    /// <summary>What the names of these items begin with; a colon is in no table's name.</summary>
    private static ReadOnlySpan<byte> NamePrefix => "$stream:"u8;

    /// <summary>The item's name: no two streams share it, as a table's streams have different labels.</summary>
    internal static byte[] NameOf(FormerStream stream) => Utf8.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"$stream:{stream.TableId}:{stream.LabelMicros}"));

    internal static bool IsName(ReadOnlySpan<byte> name) => name.StartsWith(NamePrefix);

    internal static void Write(FormerStream stream, ValueWriter writer)
    {
        var mark = writer.Begin(ValueTag.Map);
        CatalogItem.WriteNumber(writer, "streamVersion"u8, Version);
        CatalogItem.WriteString(writer, "name"u8, stream.TableName);
        CatalogItem.WriteNumber(writer, "id"u8, stream.TableId);
        CatalogItem.WriteKey(writer, stream.Key);
        CatalogItem.WriteNumber(writer, "firstPartition"u8, stream.FirstPartitionId);
        CatalogItem.WriteNumber(writer, "partitions"u8, stream.PartitionCount);
        CatalogItem.WriteNumber(writer, "stream"u8, (int)stream.View);
        CatalogItem.WriteNumber(writer, "streamLabel"u8, stream.LabelMicros);
        CatalogItem.WriteNumber(writer, "streamSince"u8, stream.SinceLsn);
        CatalogItem.WriteNumber(writer, "streamUntil"u8, stream.UntilLsn);
        CatalogItem.WriteNumber(writer, "disabled"u8, stream.DisabledMicros);
        writer.End(mark);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">A newer version wrote it, or a member is missing.</exception>
    internal static FormerStream Read(ValueView item)
    {
        var version = CatalogItem.ReadNumber(item, "streamVersion"u8);
        if (version > Version)
        {
            throw new InvalidDataException($"A former stream in the catalog has version {version}; this build reads up to {Version}.");
        }

        return new FormerStream
        {
            TableName = CatalogItem.ReadString(item, "name"u8),
            TableId = (uint)CatalogItem.ReadNumber(item, "id"u8),
            Key = CatalogItem.ReadKey(item),
            FirstPartitionId = (uint)CatalogItem.ReadNumber(item, "firstPartition"u8),
            PartitionCount = (int)CatalogItem.ReadNumber(item, "partitions"u8),
            View = (StreamViewType)CatalogItem.ReadNumber(item, "stream"u8),
            LabelMicros = CatalogItem.ReadNumber(item, "streamLabel"u8),
            SinceLsn = CatalogItem.ReadNumber(item, "streamSince"u8),
            UntilLsn = CatalogItem.ReadNumber(item, "streamUntil"u8),
            DisabledMicros = CatalogItem.ReadNumber(item, "disabled"u8),
        };
    }
}
