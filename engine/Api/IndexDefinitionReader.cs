using System.Collections.Immutable;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>Makes index definitions of requests. Source of the texts: observed answers of DynamoDB.</summary>
internal static class IndexDefinitionReader
{
    private const string Invalid = "One or more parameter values were invalid: ";

    /// <summary>A local index: it has the table's hash key and a range key of its own.</summary>
    /// <exception cref="DynamoDbException">ValidationException.</exception>
    internal static IndexDefinition ReadLocal(IndexRequest request, KeySchema tableKey, List<KeyAttribute> definitions)
    {
        var key = KeySchemaReader.ReadIndex(request.KeySchema, definitions, isLocal: true);
        if (key.Partition[0].Name != tableKey.Partition[0].Name)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}Index KeySchema does not have the same leading hash key as table KeySchema for index: "
                + $"{request.Name}. index hash key: {key.Partition[0].Name}, table hash key: {tableKey.Partition[0].Name}");
        }

        if (key.Sort.Length == 0)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}Index KeySchema does not have a range key for index: {request.Name}");
        }

        return Make(request, key, true);
    }

    /// <summary>A global index.</summary>
    /// <exception cref="DynamoDbException">ValidationException.</exception>
    internal static IndexDefinition ReadGlobal(IndexRequest request, BillingMode billing, List<KeyAttribute> definitions)
    {
        var key = KeySchemaReader.ReadIndex(request.KeySchema, definitions, isLocal: false);
        CheckThroughput(request.Name, request.Throughput, billing);
        return Make(request, key, false);
    }

    internal static void CheckThroughput(string index, ProvisionedThroughput? throughput, BillingMode billing)
    {
        if (billing == BillingMode.PayPerRequest && throughput is not null)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}ProvisionedThroughput should not be specified for index: {index} when BillingMode is PAY_PER_REQUEST");
        }

        if (billing == BillingMode.Provisioned && throughput is null)
        {
            throw DynamoDbException.Validation($"{Invalid}ProvisionedThroughput must be specified for index: {index}");
        }

        ThroughputRules.CheckBounds(throughput, $" for index {index}");
    }

    /// <summary>"Up to a total of 100 attributes into all of a table's indexes" (Developer Guide, Quotas).</summary>
    internal static void CheckProjectedTotal(IEnumerable<IndexDefinition> indexes)
    {
        var total = indexes.Sum(index => index.NonKeyAttributes.Length);
        if (total > Limits.ProjectedAttributesMax)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}Number of projected attributes in all indexes exceeds the limit of {Limits.ProjectedAttributesMax}: {total}");
        }
    }

    private static IndexDefinition Make(IndexRequest request, KeySchema key, bool isLocal)
    {
        if (request.Projection is not { } projection)
        {
            throw DynamoDbException.Validation($"{Invalid}Unknown ProjectionType: null");
        }

        if (projection == ProjectionType.Include && request.NonKeyAttributes is null)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
        }

        if (projection != ProjectionType.Include && request.NonKeyAttributes is not null)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}ProjectionType is {TableDescriptionWriter.NameOf(projection)}, but NonKeyAttributes is specified");
        }

        ImmutableArray<string> attributes = [.. request.NonKeyAttributes ?? []];
        if (attributes.Distinct(StringComparer.Ordinal).Count() != attributes.Length)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}Duplicate attribute in NonKeyAttributes of index: {request.Name}");
        }

        return new IndexDefinition
        {
            Name = request.Name,
            IsLocal = isLocal,
            Key = key,
            Projection = projection,
            NonKeyAttributes = attributes,
            Throughput = request.Throughput ?? new ProvisionedThroughput(0, 0),
        };
    }
}
