using Storage.Engine.Model;

namespace Storage.Engine.Tables;

/// <summary>What switching time to live on or off makes of a stored table.</summary>
internal static class TimeToLiveChange
{
    /// <summary>
    /// Gives the table a new expiry index, to be filled, or none: entries by another attribute are no use. Ids are never
    /// reused, so the entries of the index before are dead with its definition.
    /// </summary>
    /// <exception cref="DynamoDbException">ValidationException: the attribute's name.</exception>
    internal static StoredTable Apply(StoredTable stored, string? attribute, Catalog catalog)
    {
        var ids = new IdAllocation(catalog.NextId, catalog.NextPartitionId);
        var changed = stored with
        {
            Definition = stored.Definition with { TimeToLive = attribute },
            Expiry = attribute is null ? null : ids.TakeIndex(ExpiryIndex.PartitionCount, IndexStatus.Creating),
        };
        DefinitionRules.Check(changed.Definition);
        return changed;
    }
}
