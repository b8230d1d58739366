using Storage.Engine.Expressions;
using Storage.Engine.Model;
using Storage.Engine.Tables;
using Utf8 = System.Text.Encoding;

namespace Storage.Engine.Api;

/// <summary>
/// What a Query or Scan may ask of a global index: only what it holds, for it never goes to the table. Source of the
/// texts: observed answers of DynamoDB.
/// </summary>
internal static class GlobalIndexRules
{
    private const string Invalid = "One or more parameter values were invalid: ";

    /// <exception cref="DynamoDbException">ValidationException.</exception>
    internal static void Check(SecondaryIndex index, PageRequest request, BoundProjection projection, BoundCondition filter)
    {
        var name = index.Definition.Name;
        if (request.ConsistentRead)
        {
            throw DynamoDbException.Validation("Consistent reads are not supported on global secondary indexes");
        }

        if (!index.IsActive)
        {
            throw DynamoDbException.Validation($"Cannot read from backfilling global secondary index: {name}");
        }

        if (index.Definition.Projection == ProjectionType.All)
        {
            return;
        }

        if (request.Select == Select.AllAttributes)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}Select type ALL_ATTRIBUTES is not supported for global secondary index {name} because its projection type is not ALL");
        }

        var missing = new List<string>();
        for (var i = 0; i < projection.PathCount; i++)
        {
            AddUnlessHeld(index, projection.TopLevelName(i), missing);
        }

        if (missing.Count > 0)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}Global secondary index {name} does not project [{string.Join(", ", missing)}]");
        }

        for (var i = 0; i < filter.NodeCount; i++)
        {
            if (filter.TryGetTopLevelName(i, out var attribute))
            {
                AddUnlessHeld(index, attribute, missing);
            }
        }

        if (missing.Count > 0)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}Global secondary index {name} does not project one or more filter attributes: [{string.Join(", ", missing)}]");
        }
    }

    private static void AddUnlessHeld(SecondaryIndex index, ReadOnlySpan<byte> attribute, List<string> missing)
    {
        if (index.Holds(attribute))
        {
            return;
        }

        var name = Utf8.UTF8.GetString(attribute);
        if (!missing.Contains(name))
        {
            missing.Add(name);
        }
    }
}
