using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>
/// Makes key schemas of a request's elements and attribute definitions. Source of the texts: observed answers of
/// DynamoDB, unless said otherwise.
/// </summary>
internal static class KeySchemaReader
{
    private const int GlobalIndexAttributesMax = 4;

    /// <summary>The key of a table.</summary>
    /// <exception cref="DynamoDbException">ValidationException.</exception>
    internal static KeySchema ReadTable(List<KeySchemaElement> elements, List<KeyAttribute> definitions)
    {
        CheckSimple(elements, "keySchema");
        if (!elements.TrueForAll(element => IsDefined(element, definitions)))
        {
            throw DynamoDbException.Validation("Invalid KeySchema: Some index key attribute have no definition");
        }

        return Make(elements, definitions);
    }

    /// <summary>The key of an index: a local one's is like a table's, a global one's may have four attributes of each type.</summary>
    /// <exception cref="DynamoDbException">ValidationException.</exception>
    internal static KeySchema ReadIndex(List<KeySchemaElement> elements, List<KeyAttribute> definitions, bool isLocal)
    {
        if (isLocal)
        {
            CheckSimple(elements, "localSecondaryIndexes.1.member.keySchema");
        }
        else
        {
            CheckGlobal(elements);
        }

        if (!elements.TrueForAll(element => IsDefined(element, definitions)))
        {
            throw DynamoDbException.Validation(
                "One or more parameter values were invalid: Some index key attributes are not defined in "
                + $"AttributeDefinitions. Keys: [{Names(elements)}], AttributeDefinitions: [{Names(definitions)}]");
        }

        return Make(elements, definitions);
    }

    internal static string Names(IEnumerable<KeyAttribute> definitions) =>
        string.Join(", ", definitions.Select(definition => definition.Name));

    private static string Names(List<KeySchemaElement> elements) =>
        string.Join(", ", elements.Select(element => element.Name));

    private static void CheckSimple(List<KeySchemaElement> elements, string member)
    {
        if (elements.Count > 2)
        {
            var shown = string.Join(", ", elements.Select(element =>
                $"KeySchemaElement(attributeName={element.Name}, keyType={(element.IsHash ? "HASH" : "RANGE")})"));
            var errors = new ConstraintErrors();
            errors.Add(ConstraintText.LengthAtMost(member, $"[{shown}]", 2));
            errors.ThrowIfAny();
        }

        CheckFirst(elements);
        if (elements.Count == 2 && elements[1].IsHash)
        {
            throw DynamoDbException.Validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
        }

        CheckDistinct(elements);
    }

    /// <summary>"Up to four partition keys and four sort keys" (Developer Guide, multi-attribute keys); the texts are ours.</summary>
    private static void CheckGlobal(List<KeySchemaElement> elements)
    {
        CheckFirst(elements);
        var hashes = elements.FindAll(element => element.IsHash).Count;
        if (hashes > GlobalIndexAttributesMax || elements.Count - hashes > GlobalIndexAttributesMax)
        {
            throw DynamoDbException.Validation(
                $"Invalid KeySchema: At most {GlobalIndexAttributesMax} HASH and {GlobalIndexAttributesMax} RANGE key attributes are allowed");
        }

        if (elements.FindLastIndex(element => element.IsHash) >= hashes)
        {
            throw DynamoDbException.Validation("Invalid KeySchema: HASH key attributes must come before RANGE key attributes");
        }

        CheckDistinct(elements);
    }

    private static void CheckFirst(List<KeySchemaElement> elements)
    {
        if (!elements[0].IsHash)
        {
            throw DynamoDbException.Validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
        }
    }

    private static void CheckDistinct(List<KeySchemaElement> elements)
    {
        if (elements.DistinctBy(element => element.Name).Count() != elements.Count)
        {
            throw DynamoDbException.Validation("Both the Hash Key and the Range Key element in the KeySchema have the same name");
        }
    }

    private static bool IsDefined(KeySchemaElement element, List<KeyAttribute> definitions) =>
        definitions.Exists(definition => definition.Name == element.Name);

    private static KeySchema Make(List<KeySchemaElement> elements, List<KeyAttribute> definitions)
    {
        var attributes = elements.ConvertAll(element => definitions.Find(definition => definition.Name == element.Name)!);
        var hashes = elements.Count(element => element.IsHash);
        return new KeySchema([.. attributes[..hashes]], [.. attributes[hashes..]]);
    }
}
