using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Utf8 = System.Text.Encoding;

namespace Storage.Engine;

/// <summary>
/// An item, or the key of one: attributes by name. Immutable; a view on the engine's own bytes, read one attribute at
/// a time. Attributes come in the order of their names' UTF-8 bytes.
/// </summary>
[SuppressMessage("Naming", "CA1710", Justification = "DynamoDB's word.")]
public sealed class Item : IReadOnlyCollection<KeyValuePair<string, AttributeValue>>, IEquatable<Item>
{
    internal Item(ReadOnlyMemory<byte> encoded) => Encoded = encoded;

    /// <summary>Attributes of the item.</summary>
    public int Count => new ValueView(Encoded.Span).Count;

    /// <summary>DynamoDB's size of the item, bytes: names and values. Source: Developer Guide, item sizes.</summary>
    public int SizeBytes => new ValueView(Encoded.Span).ItemSizeBytes;

    /// <summary>An encoded Map.</summary>
    internal ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>The value of an attribute.</summary>
    /// <exception cref="KeyNotFoundException">The item has no such attribute.</exception>
    public AttributeValue this[string name] => TryGetValue(name, out var value)
        ? value
        : throw new KeyNotFoundException($"The item has no attribute {name}.");

    /// <summary>Makes an item of names and values.</summary>
    /// <exception cref="DynamoDbException">ValidationException: a name repeats.</exception>
    public static Item Of(params ReadOnlySpan<(string Name, AttributeValue Value)> attributes)
    {
        using var writer = ValueWriter.Rent();
        var mark = writer.Begin(ValueTag.Map);
        foreach (var (name, value) in attributes)
        {
            ArgumentNullException.ThrowIfNull(name);
            var room = writer.BeginMemberName(Utf8.UTF8.GetMaxByteCount(name.Length));
            writer.EndMemberName(Utf8.UTF8.GetBytes(name, room));
            writer.WriteEncoded(value.Encoded.Span);
        }

        return writer.End(mark)
            ? new Item(writer.Written.ToArray())
            : throw DynamoDbException.Validation("One or more parameter values were invalid: an attribute name repeats");
    }

    /// <summary>Finds an attribute.</summary>
    public bool TryGetValue(string name, out AttributeValue value)
    {
        ArgumentNullException.ThrowIfNull(name);
        Span<byte> utf8 = name.Length <= 128 ? stackalloc byte[384] : new byte[Utf8.UTF8.GetMaxByteCount(name.Length)];
        if (new ValueView(Encoded.Span).TryGetMember(utf8[..Utf8.UTF8.GetBytes(name, utf8)], out var view))
        {
            var start = AttributeValue.OffsetOf(Encoded, view.Encoded);
            value = new AttributeValue(Encoded.Slice(start, view.Encoded.Length));
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>The attributes, ordered by the bytes of their names.</summary>
    public IEnumerator<KeyValuePair<string, AttributeValue>> GetEnumerator()
    {
        var attributes = new List<KeyValuePair<string, AttributeValue>>(Count);
        foreach (var member in new ValueView(Encoded.Span).Members)
        {
            var start = AttributeValue.OffsetOf(Encoded, member.Value.Encoded);
            attributes.Add(new(
                Utf8.UTF8.GetString(member.Name), new AttributeValue(Encoded.Slice(start, member.Value.Encoded.Length))));
        }

        return attributes.GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Equal attributes, whatever order they were given in.</summary>
    public bool Equals(Item? other) => other is not null && Encoded.Span.SequenceEqual(other.Encoded.Span);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as Item);

    /// <inheritdoc />
    public override int GetHashCode() => new AttributeValue(Encoded).GetHashCode();

    /// <summary>The item as DynamoDB JSON.</summary>
    public override string ToString() => Api.AttributeValueWriter.ItemToText(Encoded.Span);
}
