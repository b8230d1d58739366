using System.Buffers;
using Storage.Engine.Model;

namespace Storage.Engine.Tables;

/// <summary>
/// What must hold of every definition before it reaches the log, whichever door it came through. The limits are
/// AWS's, the texts ours: the JSON operations check first, with AWS's.
/// </summary>
internal static class DefinitionRules
{
    private const int NameLengthMin = 3;
    private const int NameLengthMax = 255;
    private const int IndexKeyAttributesMax = 4;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

    /// <exception cref="DynamoDbException">ValidationException.</exception>
    internal static void Check(TableDefinition definition)
    {
        CheckName(IsSystemName(definition.Name) ? definition.Name.AsSpan(1) : definition.Name);
        Require(definition.Name != Catalog.IdsNameText, "The catalog itself has an item of this name");
        var types = new Dictionary<string, AttributeType>(StringComparer.Ordinal);
        CheckKey(definition.Key, 1, types);
        Require(!definition.Indexes.IsDefault, "Indexes is not set");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var index in definition.Indexes)
        {
            CheckName(index.Name);
            Require(names.Add(index.Name), $"Duplicate index name: {index.Name}");
            CheckIndex(index, definition.Key, types);
        }

        var local = definition.Indexes.Count(index => index.IsLocal);
        Require(local <= Limits.LocalIndexesMax, $"Number of local indexes exceeds {Limits.LocalIndexesMax}");
        Require(
            definition.Indexes.Length - local <= Limits.GlobalIndexesMax,
            $"Number of global indexes exceeds {Limits.GlobalIndexesMax}");
        Require(
            definition.TimeToLive is null || System.Text.Encoding.UTF8.GetByteCount(definition.TimeToLive) is >= 1 and <= NameLengthMax,
            $"The name of a time-to-live attribute has 1 to {NameLengthMax} bytes");
    }

    /// <summary>Whether a table is one that users do not see. Indexes are never named so.</summary>
    internal static bool IsSystemName(string name) => name.StartsWith('$');

    /// <summary>Refuses the name of a system table where users name theirs.</summary>
    /// <exception cref="DynamoDbException">ValidationException.</exception>
    internal static void CheckUserName(string name) => CheckName(name);

    private static void CheckIndex(IndexDefinition index, KeySchema tableKey, Dictionary<string, AttributeType> types)
    {
        CheckKey(index.Key, index.IsLocal ? 1 : IndexKeyAttributesMax, types);
        Require(
            !index.IsLocal || (tableKey.Sort.Length == 1 && index.Key.Sort.Length == 1 && index.Key.Partition[0] == tableKey.Partition[0]),
            $"Local index {index.Name} needs the table's partition key and a sort key, as its table does");
        Require(!index.NonKeyAttributes.IsDefault, "NonKeyAttributes is not set");
        Require(
            index.Projection == ProjectionType.Include || index.NonKeyAttributes.IsEmpty,
            $"NonKeyAttributes of {index.Name} need the projection INCLUDE");
    }

    private static void CheckKey(KeySchema key, int attributesMax, Dictionary<string, AttributeType> types)
    {
        Require(!key.Partition.IsDefault && !key.Sort.IsDefault, "A key schema is not set");
        Require(
            key.Partition.Length >= 1 && key.Partition.Length <= attributesMax && key.Sort.Length <= attributesMax,
            "A key schema has too few or too many attributes");
        for (var i = 0; i < key.Count; i++)
        {
            var attribute = key[i];
            Require(
                attribute.NameUtf8.Length is >= 1 and <= NameLengthMax,
                $"The name of a key attribute has 1 to {NameLengthMax} bytes");
            Require(
                attribute.Type is AttributeType.S or AttributeType.N or AttributeType.B,
                $"Key attribute {attribute.Name} is of type {attribute.Type}, not S, N or B");
            Require(
                types.TryAdd(attribute.Name, attribute.Type) || types[attribute.Name] == attribute.Type,
                $"Key attribute {attribute.Name} has two types");
            for (var j = 0; j < i; j++)
            {
                Require(key[j].Name != attribute.Name, $"Attribute {attribute.Name} is twice in a key schema");
            }
        }
    }

    private static void CheckName(ReadOnlySpan<char> name) => Require(
        name.Length is >= NameLengthMin and <= NameLengthMax && !name.ContainsAnyExcept(NameCharacters),
        $"A table or index name has {NameLengthMin} to {NameLengthMax} characters of a-z, A-Z, 0-9, '_', '.' and '-'");

    private static void Require(bool holds, string text)
    {
        if (!holds)
        {
            throw DynamoDbException.Validation("One or more parameter values were invalid: " + text);
        }
    }
}
