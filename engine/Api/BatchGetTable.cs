using System.Buffers;
using System.Text.Json;
using Storage.Engine.Encoding;
using Storage.Engine.Expressions;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>One table's part of BatchGetItem: which keys, and what of their items.</summary>
internal sealed class BatchGetTable : IDisposable
{
    private readonly ValueWriter keys = ValueWriter.Rent();
    private readonly List<(int Start, int Length)> keyRanges = [];
    private (long Start, long Length) names;
    private LegacyParameters? legacy;

    /// <summary>The table as the client named it; the answer names it alike.</summary>
    internal RequestText TableName { get; } = new();

    internal RequestText ProjectionExpression { get; } = new();

    internal ExpressionAttributes Attributes { get; } = new();

    internal ConstraintErrors Errors { get; } = new();

    /// <summary>What of AttributesToGet came; empty when nothing did.</summary>
    internal IReadOnlyList<string> AttributesToGet => legacy?.AttributesToGet?.Names ?? [];

    internal bool ConsistentRead { get; private set; }

    internal bool HasKeys { get; private set; }

    internal int KeyCount => keyRanges.Count;

    internal BoundProjection Projection { get; private set; }

    internal Table Table { get; set; } = null!;

    /// <summary>One for each key, in order.</summary>
    internal List<ItemRead> Reads { get; } = [];

    public void Dispose()
    {
        keys.Dispose();
        legacy?.Dispose();
        Attributes.Dispose();
        foreach (var read in Reads)
        {
            read.Dispose();
        }
    }

    /// <summary>The key at a position, a Map.</summary>
    internal ReadOnlySpan<byte> Key(int position) =>
        keys.Written.Slice(keyRanges[position].Start, keyRanges[position].Length);

    /// <summary>Reads a KeysAndAttributes structure, the reader on its first token.</summary>
    internal void Read(ref Utf8JsonReader reader)
    {
        RequestJson.RequireObject(ref reader);
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("Keys"u8))
            {
                ReadKeys(ref reader);
            }
            else if (reader.ValueTextEquals("ProjectionExpression"u8))
            {
                ProjectionExpression.Read(ref reader);
            }
            else if (reader.ValueTextEquals("ExpressionAttributeNames"u8))
            {
                var start = reader.BytesConsumed;
                Attributes.ReadNames(ref reader);
                names = (start, reader.BytesConsumed - start);
            }
            else if (reader.ValueTextEquals("ConsistentRead"u8))
            {
                ConsistentRead = RequestJson.ReadBoolean(ref reader) ?? false;
            }
            else
            {
                LegacyParameters.ReadOrSkip(ref reader, LegacyMembers.AttributesToGet, Errors, ref legacy);
            }
        }
    }

    /// <summary>ExpressionAttributeNames as they came, for the keys to ask for again; empty when none came.</summary>
    internal ReadOnlySequence<byte> NamesOf(in ReadOnlySequence<byte> body) => body.Slice(names.Start, names.Length);

    internal void Bind(ExpressionCache expressions)
    {
        legacy?.ThrowIfMixed((nameof(ProjectionExpression), ProjectionExpression));
        Attributes.Check(ProjectionExpression.IsPresent, null);
        if (legacy is not null)
        {
            legacy.Check();
            Projection = legacy.BindProjection();
        }

        if (ProjectionExpression.IsPresent)
        {
            Projection = expressions.Projection(ProjectionExpression.Span).Bind(Attributes.Placeholders);
        }

        Attributes.Placeholders.ThrowIfUnused();
    }

    /// <summary>Makes the reads of a table that is known.</summary>
    internal void BuildReads()
    {
        for (var i = 0; i < keyRanges.Count; i++)
        {
            var read = new ItemRead { Table = Table };
            Reads.Add(read);
            var fault = Table.TryBuildKey(new ValueView(Key(i)), read.Key);
            ItemKeys.ThrowIfAny(ItemKeys.FaultOfKey(Table, fault, Key(i)));
        }
    }

    private void ReadKeys(ref Utf8JsonReader reader)
    {
        keys.Clear();
        keyRanges.Clear();
        HasKeys = RequestJson.MoveToValue(ref reader);
        if (!HasKeys)
        {
            return;
        }

        RequestJson.RequireArray(ref reader);
        while (RequestJson.NextElement(ref reader))
        {
            var start = keys.Length;
            AttributeValueReader.ReadItem(ref reader, keys);
            keyRanges.Add((start, keys.Length - start));
        }
    }
}
