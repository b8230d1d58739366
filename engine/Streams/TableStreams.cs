using Storage.Engine.Tables;

namespace Storage.Engine.Streams;

/// <summary>The streams that can be read: of the tables there are, and former ones for 24 hours.</summary>
internal sealed class TableStreams(Database database)
{
    private readonly string arnPrefix = $"arn:aws:dynamodb:{database.Region}:{database.AccountId}";

    /// <summary>Finds a stream once the catalog that shows it, or its absence, would survive power loss.</summary>
    /// <param name="arn">Of this store's Region and account.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Null when there is none.</returns>
    internal async ValueTask<TableStream?> FindAsync(string arn, CancellationToken cancellation)
    {
        var found = Find(arn);
        await database.WaitUntilDurableAsync(database.Catalog.Lsn, cancellation).ConfigureAwait(false);
        return found;
    }

    /// <summary>Streams ordered by table and age, those of one table or of all that are not system tables.</summary>
    internal List<TableStream> List(string? tableName)
    {
        var streams = new List<TableStream>();
        foreach (var table in database.Catalog.All)
        {
            if (table.Definition.Stream is not null && IsWanted(table.Name))
            {
                streams.Add(TableStream.Of(arnPrefix, table.Stored));
            }
        }

        // After the tables: a stream that ends meanwhile is in both, and never in neither.
        var enabled = streams.Select(stream => stream.Arn).ToHashSet(StringComparer.Ordinal);
        var now = NowMicros();
        foreach (var former in database.Catalog.FormerStreams.All)
        {
            if (former.IsKeptAt(now) && IsWanted(former.TableName) && TableStream.Of(arnPrefix, former) is var stream && !enabled.Contains(stream.Arn))
            {
                streams.Add(stream);
            }
        }

        streams.Sort(static (left, right) => Compare(left.TableName, left.Label, right.TableName, right.Label));
        return streams;

        bool IsWanted(string name) => tableName is null ? !DefinitionRules.IsSystemName(name) : name == tableName;
    }

    /// <summary>The order of <see cref="List"/>.</summary>
    internal static int Compare(string leftTable, string leftLabel, string rightTable, string rightLabel)
    {
        var tables = string.CompareOrdinal(leftTable, rightTable);
        return tables != 0 ? tables : string.CompareOrdinal(leftLabel, rightLabel);
    }

    /// <summary>Takes an ARN of a stream apart, whatever Region and account it names; false when it is none.</summary>
    internal static bool TryParseArn(string arn, out string tableName, out string label)
    {
        tableName = label = string.Empty;
        var parts = arn.Split(':', 6);
        if (parts is not ["arn", _, "dynamodb", _, _, var resource] || !resource.StartsWith("table/", StringComparison.Ordinal))
        {
            return false;
        }

        var stream = resource.IndexOf("/stream/", StringComparison.Ordinal);
        if (stream < 0)
        {
            return false;
        }

        tableName = resource["table/".Length..stream];
        label = resource[(stream + "/stream/".Length)..];
        return tableName.Length > 0 && label.Length > 0;
    }

    private TableStream? Find(string arn)
    {
        if (!TryParseArn(arn, out var name, out var label))
        {
            return null;
        }

        if (database.Catalog.Find(name) is { Definition.Stream: not null } table && TableStream.Of(arnPrefix, table.Stored) is var stream && stream.Arn == arn)
        {
            return stream;
        }

        // After the table, as in List.
        var now = NowMicros();
        foreach (var former in database.Catalog.FormerStreams.All)
        {
            if (former.TableName == name && former.IsKeptAt(now) && TableStream.LabelOf(former.LabelMicros) == label)
            {
                var found = TableStream.Of(arnPrefix, former);
                return found.Arn == arn ? found : null;
            }
        }

        return null;
    }

    private long NowMicros() => database.Time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
}
