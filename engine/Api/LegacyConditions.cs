using System.Text.Json;
using Storage.Engine.Expressions;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>KeyConditions, QueryFilter, ScanFilter or Expected: at most one condition on each attribute.</summary>
internal sealed class LegacyConditions
{
    /// <summary>
    /// Ours. Each condition searches the item while its partition waits, so there must be an end; about as many paths fit
    /// into the 4,096 bytes of an expression.
    /// </summary>
    private const int CountMax = 1000;

    private readonly List<LegacyCondition> conditions = [];

    internal int Count => conditions.Count;

    /// <summary>Reads the map, the reader on its first token.</summary>
    /// <param name="reader">The request.</param>
    /// <param name="isExpected">The conditions may be without an operator.</param>
    /// <param name="member">The map's name as constraint errors have it, e.g. <c>expected</c>.</param>
    /// <param name="errors">Receives constraints that are broken.</param>
    internal static LegacyConditions Read(
        ref Utf8JsonReader reader, bool isExpected, string member, ConstraintErrors errors)
    {
        RequestJson.RequireObject(ref reader);
        var read = new LegacyConditions();
        var positions = new Dictionary<string, int>();
        while (LegacyMap.Next(ref reader, out var name))
        {
            var condition = new LegacyCondition(name, isExpected);
            condition.Read(ref reader, $"{member}.{name}.member", errors);
            LegacyMap.Set(read.conditions, positions, name, condition);
        }

        return read;
    }

    /// <exception cref="DynamoDbException">A condition that cannot be, or too many.</exception>
    internal void Check()
    {
        if (Count > CountMax)
        {
            throw DynamoDbException.Validation(
                $"One or more parameter values were invalid: Number of conditions exceeds the maximum of {CountMax}");
        }

        foreach (var condition in conditions)
        {
            condition.Check();
        }
    }

    /// <summary>What keys alone ask for. Source of the texts: observed answers of DynamoDB.</summary>
    internal void CheckOfKey()
    {
        if (Count == 0)
        {
            throw DynamoDbException.Validation("Conditions can be of length 1 or 2 only");
        }

        foreach (var condition in conditions)
        {
            if (condition.Comparison is not { } comparison || !comparison.IsIndexable())
            {
                throw DynamoDbException.Validation("Attempted conditional constraint is not an indexable operation");
            }
        }
    }

    internal bool Names(string attributeName)
    {
        foreach (var condition in conditions)
        {
            if (condition.AttributeName == attributeName)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The node of all conditions, at least one, joined by AND or OR.</summary>
    internal int Build(ExpressionBuilder tree, NodeKind join)
    {
        var nodes = new int[Count];
        for (var i = 0; i < nodes.Length; i++)
        {
            nodes[i] = conditions[i].Build(tree);
        }

        return nodes.Length == 1 ? nodes[0] : tree.Node(join, nodes);
    }
}
