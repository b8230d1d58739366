using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine;

/// <content>Tables that belong to whoever embeds the store, beside those of its users.</content>
public sealed partial class Store
{
    /// <summary>
    /// Creates a table that users do not see: its name begins with <c>$</c>, which no request can say; neither lists nor
    /// the limit of tables count it. Otherwise it is a table like any other, and the methods of this class reach it.
    /// Nothing happens when it exists, whatever its definition; any number of callers may ask at once.
    /// </summary>
    /// <exception cref="DynamoDbException">ValidationException for a wrong definition, or a name without <c>$</c>.</exception>
    public async ValueTask EnsureSystemTableAsync(TableDefinition definition, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        if (!DefinitionRules.IsSystemName(definition.Name))
        {
            throw DynamoDbException.Validation(
                "One or more parameter values were invalid: The name of a system table begins with '$'");
        }

        if (await FindTableAsync(definition.Name, cancellation).ConfigureAwait(false) is not null)
        {
            return;
        }

        try
        {
            await Database.CreateTableAsync(definition, cancellation).ConfigureAwait(false);
        }
        catch (DynamoDbException taken) when (taken.ErrorType == "ResourceInUseException")
        {
            // Another caller was first; its table is durable, as every refusal's reason is.
        }
    }

    /// <summary>Names of all system tables, in ordinal order.</summary>
    public async ValueTask<IReadOnlyList<string>> ListSystemTablesAsync(CancellationToken cancellation = default)
    {
        string[] names = [.. Database.Catalog.All.Select(table => table.Name).Where(DefinitionRules.IsSystemName)
            .Order(StringComparer.Ordinal)];
        await Database.WaitUntilDurableAsync(Database.Catalog.Lsn, cancellation).ConfigureAwait(false);
        return names;
    }
}
