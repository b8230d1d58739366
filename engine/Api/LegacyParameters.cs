using System.Text.Json;
using Storage.Engine.Expressions;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>
/// One request's parameters of the form that came before expressions. They become the same trees as expressions do:
/// nothing here evaluates anything. Made only for requests that have any; what is bound ends with its disposal.
/// </summary>
internal sealed class LegacyParameters : IDisposable
{
    // Apart from the request's own ones, which a FilterExpression beside KeyConditions may use.
    private readonly Placeholders placeholders = Placeholders.Rent();
    private LegacyMembers present;
    private AttributesToGet? attributesToGet;
    private LegacyUpdates? updates;
    private LegacyConditions? keyConditions;
    private LegacyConditions? conditions;
    private NodeKind join = NodeKind.And;

    internal AttributesToGet? AttributesToGet => attributesToGet;

    internal bool HasKeyConditions => keyConditions is not null;

    public void Dispose() => placeholders.Dispose();

    /// <summary>To be called, the reader on a member's name, for every member an operation does not know.</summary>
    /// <param name="reader">The request.</param>
    /// <param name="accepted">The legacy members of this operation; all others are unknown and skipped, as AWS does.</param>
    /// <param name="errors">Receives constraints that are broken.</param>
    /// <param name="legacy">Made with the first of them.</param>
    /// <exception cref="DynamoDbException">SerializationException; a value that is none.</exception>
    internal static void ReadOrSkip(
        ref Utf8JsonReader reader, LegacyMembers accepted, ConstraintErrors errors, ref LegacyParameters? legacy)
    {
        var member = Find(ref reader) & accepted;
        if (RequestJson.MoveToValue(ref reader) && member != LegacyMembers.None)
        {
            legacy ??= new LegacyParameters();
            legacy.present |= member;
            legacy.Read(ref reader, member, errors);
        }
        else
        {
            JsonToken.Skip(ref reader);
        }
    }

    /// <summary>The two forms exclude each other, but for KeyConditions beside expressions that are about something else.</summary>
    /// <exception cref="DynamoDbException">Both came. Source of the text: observed answers of DynamoDB.</exception>
    internal void ThrowIfMixed(params ReadOnlySpan<(string Name, RequestText Text)> expressions)
    {
        var names = new List<string>();
        var refused = present & ~LegacyMembers.KeyConditions;
        foreach (var (name, text) in expressions)
        {
            if (text.IsPresent)
            {
                names.Add(name);
                refused |= name == "KeyConditionExpression" ? present : LegacyMembers.None;
            }
        }

        if (names.Count > 0 && refused != LegacyMembers.None)
        {
            throw DynamoDbException.Validation(
                "Can not use both expression and non-expression parameters in the same request: "
                    + $"Non-expression parameters: {{{NamesOf(refused)}}} Expression parameters: {{{string.Join(", ", names)}}}");
        }
    }

    /// <summary>Checks everything that needs no table.</summary>
    /// <exception cref="DynamoDbException">ValidationException.</exception>
    internal void Check()
    {
        updates?.Check();
        keyConditions?.Check();
        conditions?.Check();
        keyConditions?.CheckOfKey();
        if (present.HasFlag(LegacyMembers.ConditionalOperator))
        {
            // Source of the texts: observed answers of DynamoDB.
            switch (conditions?.Count ?? 0)
            {
                case 0:
                    throw DynamoDbException.Validation("ConditionalOperator cannot be used without Filter or Expected");
                case 1:
                    throw DynamoDbException.Validation(
                        "ConditionalOperator can only be used when Filter or Expected has two or more elements");
            }
        }

        attributesToGet?.Check();
    }

    /// <summary>Gives a write its update and condition. An empty map is as if it had not come.</summary>
    internal void Bind(ItemWrite write)
    {
        if (updates is { Count: > 0 })
        {
            var tree = new ExpressionBuilder(placeholders);
            updates.Build(tree);
            write.Update = tree.Update();
            write.LeavesAbsent = updates.OnlyDeletes;
        }

        write.Condition = BindConditions(ExpressionKind.ConditionExpression);
    }

    /// <summary>AttributesToGet; the default one when it did not come.</summary>
    internal BoundProjection BindProjection() => attributesToGet?.Bind(placeholders) ?? default;

    /// <summary>QueryFilter or ScanFilter; the default one when neither came.</summary>
    internal BoundCondition BindFilter() => BindConditions(ExpressionKind.FilterExpression);

    /// <summary>KeyConditions, which came.</summary>
    internal BoundKeyCondition BindKeyCondition()
    {
        var tree = new ExpressionBuilder(placeholders);
        return tree.KeyCondition(keyConditions!.Build(tree, NodeKind.And));
    }

    /// <exception cref="DynamoDbException">The filter names an attribute of the key that a Query reads.</exception>
    internal void ThrowIfFiltersKey(KeySchema key)
    {
        for (var i = 0; i < key.Count; i++)
        {
            if (conditions?.Names(key[i].Name) == true)
            {
                throw DynamoDbException.Validation(
                    $"QueryFilter can only contain non-primary key attributes: Primary key attribute: {key[i].Name}");
            }
        }
    }

    private static string NamesOf(LegacyMembers members)
    {
        var names = new List<string>();
        for (var member = LegacyMembers.AttributesToGet; member <= LegacyMembers.KeyConditions; member = (LegacyMembers)((int)member * 2))
        {
            if (members.HasFlag(member))
            {
                names.Add(member.ToString());
            }
        }

        return string.Join(", ", names);
    }

    private BoundCondition BindConditions(ExpressionKind kind)
    {
        if (conditions is not { Count: > 0 })
        {
            return default;
        }

        var tree = new ExpressionBuilder(placeholders);
        return tree.Condition(kind, conditions.Build(tree, join));
    }

    /// <summary>Reads a member's value, the reader on its first token.</summary>
    private void Read(ref Utf8JsonReader reader, LegacyMembers member, ConstraintErrors errors)
    {
        switch (member)
        {
            case LegacyMembers.AttributesToGet:
                attributesToGet = AttributesToGet.Read(ref reader, errors);
                break;
            case LegacyMembers.AttributeUpdates:
                updates = LegacyUpdates.Read(ref reader, errors);
                break;
            case LegacyMembers.KeyConditions:
                keyConditions = LegacyConditions.Read(ref reader, isExpected: false, "keyConditions", errors);
                break;
            case LegacyMembers.Expected:
                conditions = LegacyConditions.Read(ref reader, isExpected: true, "expected", errors);
                break;
            case LegacyMembers.ConditionalOperator:
                ReadJoin(ref reader, errors);
                break;
            default:
                var name = member == LegacyMembers.QueryFilter ? "queryFilter" : "scanFilter";
                conditions = LegacyConditions.Read(ref reader, isExpected: false, name, errors);
                break;
        }
    }

    private void ReadJoin(ref Utf8JsonReader reader, ConstraintErrors errors)
    {
        RequestJson.RequireString(ref reader);
        join = reader.ValueTextEquals("OR"u8) ? NodeKind.Or : NodeKind.And;
        if (join == NodeKind.And && !reader.ValueTextEquals("AND"u8))
        {
            ReturnOptions.AddEnum(ref reader, errors, "conditionalOperator", "OR, AND");
        }
    }

    private static LegacyMembers Find(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("AttributesToGet"u8) ? LegacyMembers.AttributesToGet
        : reader.ValueTextEquals("AttributeUpdates"u8) ? LegacyMembers.AttributeUpdates
        : reader.ValueTextEquals("ConditionalOperator"u8) ? LegacyMembers.ConditionalOperator
        : reader.ValueTextEquals("Expected"u8) ? LegacyMembers.Expected
        : reader.ValueTextEquals("KeyConditions"u8) ? LegacyMembers.KeyConditions
        : reader.ValueTextEquals("QueryFilter"u8) ? LegacyMembers.QueryFilter
        : reader.ValueTextEquals("ScanFilter"u8) ? LegacyMembers.ScanFilter
        : LegacyMembers.None;
}
