using System.Text.Json;
using Storage.Engine.Encoding;
using Storage.Engine.Expressions;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>
/// AttributeUpdates: what UpdateItem does to whole attributes. Source: API Reference, AttributeValueUpdate; of the texts,
/// observed answers of DynamoDB.
/// </summary>
internal sealed class LegacyUpdates
{
    private const string Invalid = "One or more parameter values were invalid: ";

    private readonly List<Entry> entries = [];

    private enum UpdateKind
    {
        Put,
        Add,
        Delete,
    }

    internal int Count => entries.Count;

    /// <summary>
    /// True when nothing but deletions came: they alone make no item. "DELETE - Nothing happens; there is no attribute to
    /// delete."
    /// </summary>
    internal bool OnlyDeletes => entries.Count > 0 && entries.TrueForAll(entry => entry.Kind == UpdateKind.Delete);

    /// <summary>Reads the map, the reader on its first token.</summary>
    internal static LegacyUpdates Read(ref Utf8JsonReader reader, ConstraintErrors errors)
    {
        RequestJson.RequireObject(ref reader);
        var read = new LegacyUpdates();
        var positions = new Dictionary<string, int>();
        while (LegacyMap.Next(ref reader, out var name))
        {
            LegacyMap.Set(read.entries, positions, name, ReadEntry(ref reader, name, errors));
        }

        return read;
    }

    /// <summary>The refusal of an update that does not fit its item, as it reads when it came in the legacy form.</summary>
    internal static DynamoDbException TypeMismatch() =>
        DynamoDbException.Validation("Type mismatch for attribute to update");

    internal void Check()
    {
        foreach (var entry in entries)
        {
            if (entry.Value is null)
            {
                if (entry.Kind != UpdateKind.Delete)
                {
                    throw DynamoDbException.Validation(
                        $"{Invalid}Only DELETE action is allowed when no attribute value is specified");
                }

                continue;
            }

            var value = new ValueView(entry.Value);
            if (entry.Kind == UpdateKind.Delete && !value.Tag.IsSet())
            {
                throw DynamoDbException.Validation(
                    $"{Invalid}DELETE action with value is not supported for the type {value.Type}");
            }

            if (entry.Kind == UpdateKind.Add && !value.Tag.IsSet() && value.Tag is not (ValueTag.Number or ValueTag.List))
            {
                throw DynamoDbException.Validation($"{Invalid}ADD action is not supported for the type {value.Type}");
            }
        }
    }

    /// <summary>Adds the actions, which were checked, to a tree.</summary>
    internal void Build(ExpressionBuilder tree)
    {
        foreach (var entry in entries)
        {
            if (entry.Value is null)
            {
                tree.Action(UpdateVerb.Remove, entry.AttributeName);
            }
            else if (entry.Kind == UpdateKind.Add && new ValueView(entry.Value).Tag == ValueTag.List)
            {
                // The expressions' ADD takes no lists; the legacy one appends to them.
                tree.Action(UpdateVerb.Set, entry.AttributeName, BuildAppend(tree, entry));
            }
            else
            {
                tree.Action(VerbOf(entry.Kind), entry.AttributeName, tree.Value(entry.Value!));
            }
        }
    }

    private static int BuildAppend(ExpressionBuilder tree, Entry entry)
    {
        using var empty = ValueWriter.Rent();
        empty.End(empty.Begin(ValueTag.List));
        var old = tree.Node(NodeKind.IfNotExists, tree.Path(entry.AttributeName), tree.Value(empty.Written));
        return tree.Node(NodeKind.ListAppend, old, tree.Value(entry.Value!));
    }

    private static UpdateVerb VerbOf(UpdateKind kind) => kind switch
    {
        UpdateKind.Put => UpdateVerb.Set,
        UpdateKind.Add => UpdateVerb.Add,
        _ => UpdateVerb.Delete,
    };

    private static Entry ReadEntry(ref Utf8JsonReader reader, string attributeName, ConstraintErrors errors)
    {
        var entry = new Entry(attributeName, UpdateKind.Put, null);
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("Value"u8))
            {
                var value = RequestJson.MoveToValue(ref reader) ? LegacyCondition.ReadValue(ref reader) : null;
                entry = entry with { Value = value };
            }
            else if (reader.ValueTextEquals("Action"u8))
            {
                entry = entry with { Kind = ReadKind(ref reader, attributeName, errors) };
            }
            else
            {
                RequestJson.SkipMember(ref reader);
            }
        }

        return entry;
    }

    private static UpdateKind ReadKind(ref Utf8JsonReader reader, string attributeName, ConstraintErrors errors)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            return UpdateKind.Put;
        }

        RequestJson.RequireString(ref reader);
        switch (RequestJson.Text(ref reader))
        {
            case "PUT":
                return UpdateKind.Put;
            case "ADD":
                return UpdateKind.Add;
            case "DELETE":
                return UpdateKind.Delete;
            default:
                ReturnOptions.AddEnum(
                    ref reader, errors, $"attributeUpdates.{attributeName}.member.action", "ADD, PUT, DELETE");
                return UpdateKind.Put;
        }
    }

    private readonly record struct Entry(string AttributeName, UpdateKind Kind, byte[]? Value);
}
