using System.Collections.Immutable;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>
/// Makes a table's definition of a CreateTable request, or says in DynamoDB's words what its members are not together.
/// Source of the texts: observed answers of DynamoDB.
/// </summary>
internal static class TableDefinitionReader
{
    private const string Invalid = "One or more parameter values were invalid: ";

    /// <exception cref="DynamoDbException">ValidationException.</exception>
    internal static TableDefinition Read(TableRequest request)
    {
        var (definitions, elements) = Require(request);
        var billing = request.BillingMode ?? BillingMode.Provisioned;
        ThroughputRules.Check(billing, request.Throughput);
        var key = KeySchemaReader.ReadTable(elements, definitions);
        var indexes = ImmutableArray.CreateBuilder<IndexDefinition>();
        AddLocal(request, key, definitions, indexes);
        AddGlobal(request, billing, definitions, indexes);
        IndexDefinitionReader.CheckProjectedTotal(indexes);
        CheckAllUsed(definitions, key, indexes);
        return new TableDefinition
        {
            Name = TableNameRequest.TextOf(request.TableName),
            Key = key,
            Indexes = indexes.ToImmutable(),
            BillingMode = billing,
            Throughput = request.Throughput ?? new ProvisionedThroughput(0, 0),
            Stream = ReadStream(request.Stream),
            DeletionProtection = request.DeletionProtection ?? false,
        };
    }

    /// <summary>The view of a stream to switch on; null for none. The texts are ours.</summary>
    internal static StreamViewType? ReadStream(StreamRequest? stream)
    {
        if (stream is null)
        {
            return null;
        }

        if (stream.Enabled != stream.View.HasValue)
        {
            throw DynamoDbException.Validation(stream.Enabled
                ? $"{Invalid}StreamViewType is required when StreamEnabled is true"
                : $"{Invalid}StreamViewType cannot be specified when StreamEnabled is false");
        }

        return stream.View;
    }

    internal static void CheckAllUsed(
        List<KeyAttribute> definitions, KeySchema key, IReadOnlyCollection<IndexDefinition> indexes)
    {
        var used = new List<string>();
        AddNames(key, used);
        foreach (var index in indexes)
        {
            AddNames(index.Key, used);
        }

        if (definitions.Count == used.Count && definitions.TrueForAll(definition => used.Contains(definition.Name)))
        {
            return;
        }

        throw DynamoDbException.Validation(indexes.Count == 0
            ? $"{Invalid}Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"
            : $"{Invalid}Some AttributeDefinitions are not used. AttributeDefinitions: "
                + $"[{KeySchemaReader.Names(definitions)}], keys used: [{string.Join(", ", used)}]");
    }

    private static (List<KeyAttribute> Definitions, List<KeySchemaElement> Elements) Require(TableRequest request)
    {
        var errors = new ConstraintErrors();
        if (request.AttributeDefinitions is null)
        {
            errors.Add(ConstraintText.NotNull("attributeDefinitions"));
        }

        if (request.KeySchema is null)
        {
            errors.Add(ConstraintText.NotNull("keySchema"));
        }

        errors.ThrowIfAny();
        return (request.AttributeDefinitions!, request.KeySchema!);
    }

    private static void AddLocal(
        TableRequest request, KeySchema key, List<KeyAttribute> definitions, ImmutableArray<IndexDefinition>.Builder indexes)
    {
        if (request.LocalIndexes is not { } local)
        {
            return;
        }

        if (local.Count == 0)
        {
            throw DynamoDbException.Validation($"{Invalid}List of LocalSecondaryIndexes is empty");
        }

        if (key.Sort.Length == 0)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex");
        }

        foreach (var index in local)
        {
            AddDistinct(IndexDefinitionReader.ReadLocal(index, key, definitions), indexes);
        }

        if (local.Count > Limits.LocalIndexesMax)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}Number of LocalSecondaryIndexes exceeds per-table limit of {Limits.LocalIndexesMax}");
        }
    }

    private static void AddGlobal(
        TableRequest request,
        BillingMode billing,
        List<KeyAttribute> definitions,
        ImmutableArray<IndexDefinition>.Builder indexes)
    {
        if (request.GlobalIndexes is not { } global)
        {
            return;
        }

        if (global.Count == 0)
        {
            throw DynamoDbException.Validation($"{Invalid}List of GlobalSecondaryIndexes is empty");
        }

        foreach (var index in global)
        {
            AddDistinct(IndexDefinitionReader.ReadGlobal(index, billing, definitions), indexes);
        }

        if (global.Count > Limits.GlobalIndexesMax)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}GlobalSecondaryIndex count exceeds the per-table limit of {Limits.GlobalIndexesMax}");
        }
    }

    private static void AddDistinct(IndexDefinition index, ImmutableArray<IndexDefinition>.Builder indexes)
    {
        foreach (var other in indexes)
        {
            if (other.Name == index.Name)
            {
                throw DynamoDbException.Validation($"{Invalid}Duplicate index name: {index.Name}");
            }
        }

        indexes.Add(index);
    }

    private static void AddNames(KeySchema key, List<string> names)
    {
        for (var i = 0; i < key.Count; i++)
        {
            if (!names.Contains(key[i].Name))
            {
                names.Add(key[i].Name);
            }
        }
    }
}
