using System.Globalization;
using System.Runtime.InteropServices;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Utf8 = System.Text.Encoding;

namespace Storage.Engine;

/// <summary>
/// A value of an attribute: one of DynamoDB's ten types. Immutable; a view on encoded bytes, so equal values are equal
/// bytes and comparing is one memory compare. Numbers have up to 38 significant digits.
/// </summary>
public readonly struct AttributeValue : IEquatable<AttributeValue>
{
    private static readonly byte[] NullBytes = [(byte)ValueTag.Null];

    private readonly ReadOnlyMemory<byte> encoded;

    internal AttributeValue(ReadOnlyMemory<byte> encoded) => this.encoded = encoded;

    /// <summary>The null value (NULL).</summary>
    public static AttributeValue Null => new(NullBytes);

    /// <summary>The value's type; NULL for the default of this struct.</summary>
    public AttributeType Type => View.Type;

    /// <summary>Tag and content; the default of this struct is NULL.</summary>
    internal ReadOnlyMemory<byte> Encoded => encoded.IsEmpty ? NullBytes : encoded;

    private ValueView View => new(Encoded.Span);

    /// <summary>A string (S).</summary>
    public static implicit operator AttributeValue(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Build(value, static (writer, text) => writer.WriteString(Utf8.UTF8.GetBytes(text)));
    }

    /// <summary>A number (N).</summary>
    public static implicit operator AttributeValue(int value) => Number(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A number (N).</summary>
    public static implicit operator AttributeValue(long value) => Number(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A number (N).</summary>
    public static implicit operator AttributeValue(decimal value) => Number(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A Boolean (BOOL).</summary>
    public static implicit operator AttributeValue(bool value) =>
        Build(value, static (writer, flag) => writer.WriteBoolean(flag));

    /// <summary>Binary (B).</summary>
    public static implicit operator AttributeValue(byte[] value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Build(value, static (writer, bytes) => writer.WriteBinary(bytes));
    }

    /// <summary>Equal type and content; numbers by value, sets in any order.</summary>
    public static bool operator ==(AttributeValue left, AttributeValue right) => left.Equals(right);

    /// <summary>Not equal.</summary>
    public static bool operator !=(AttributeValue left, AttributeValue right) => !left.Equals(right);

    /// <summary>A number (N) from its decimal text: up to 38 significant digits, 1E-130 to 9.99E+125.</summary>
    /// <exception cref="DynamoDbException">ValidationException: not a number, too large, too small or too precise.</exception>
    public static AttributeValue Number(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Build(text, static (writer, number) =>
        {
            var utf8 = Utf8.UTF8.GetBytes(number);
            var result = writer.WriteNumberText(utf8);
            if (result != NumberResult.Valid)
            {
                throw result.ToException(utf8);
            }
        });
    }

    /// <summary>A string set (SS).</summary>
    /// <exception cref="DynamoDbException">ValidationException: empty, or an element repeats.</exception>
    public static AttributeValue StringSet(params IEnumerable<string> elements) =>
        Set(ValueTag.StringSet, elements, static (writer, element) => writer.WriteString(Utf8.UTF8.GetBytes(element)));

    /// <summary>A number set (NS) from decimal texts.</summary>
    /// <exception cref="DynamoDbException">ValidationException: empty, an element repeats or is no number.</exception>
    public static AttributeValue NumberSet(params IEnumerable<string> elements) =>
        Set(ValueTag.NumberSet, elements, static (writer, element) => writer.WriteEncoded(Number(element).Encoded.Span));

    /// <summary>A binary set (BS).</summary>
    /// <exception cref="DynamoDbException">ValidationException: empty, or an element repeats.</exception>
    public static AttributeValue BinarySet(params IEnumerable<byte[]> elements) =>
        Set(ValueTag.BinarySet, elements, static (writer, element) => writer.WriteBinary(element));

    /// <summary>A list (L).</summary>
    public static AttributeValue List(params IEnumerable<AttributeValue> elements)
    {
        ArgumentNullException.ThrowIfNull(elements);
        return Build(elements, static (writer, list) =>
        {
            var mark = writer.Begin(ValueTag.List);
            foreach (var element in list)
            {
                writer.BeginElement();
                writer.WriteEncoded(element.Encoded.Span);
            }

            writer.End(mark);
        });
    }

    /// <summary>A map (M).</summary>
    public static AttributeValue Map(Item members)
    {
        ArgumentNullException.ThrowIfNull(members);
        return new AttributeValue(members.Encoded);
    }

    /// <summary>The string of an S.</summary>
    /// <exception cref="InvalidOperationException">The value has another type.</exception>
    public string AsString() => Utf8.UTF8.GetString(Scalar(ValueTag.String));

    /// <summary>The canonical decimal text of an N.</summary>
    /// <exception cref="InvalidOperationException">The value has another type.</exception>
    public string AsNumber()
    {
        Span<byte> text = stackalloc byte[NumberCodec.TextBytesMax];
        return Utf8.UTF8.GetString(text[..NumberCodec.Format(Scalar(ValueTag.Number), text)]);
    }

    /// <summary>An N as a 64-bit integer.</summary>
    /// <exception cref="InvalidOperationException">The value has another type.</exception>
    /// <exception cref="FormatException">The number has a fraction.</exception>
    /// <exception cref="OverflowException">The number needs more than 64 bits.</exception>
    public long AsInt64() => long.Parse(AsNumber(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    /// <summary>The bytes of a B; a view, not a copy.</summary>
    /// <exception cref="InvalidOperationException">The value has another type.</exception>
    public ReadOnlyMemory<byte> AsBinary()
    {
        var content = Scalar(ValueTag.Binary);
        return Encoded[^content.Length..];
    }

    /// <summary>The value of a BOOL.</summary>
    /// <exception cref="InvalidOperationException">The value has another type.</exception>
    public bool AsBoolean() => Type == AttributeType.BOOL ? View.Boolean : throw WrongType(AttributeType.BOOL);

    /// <summary>The members of an M.</summary>
    /// <exception cref="InvalidOperationException">The value has another type.</exception>
    public Item AsMap() => Type == AttributeType.M ? new Item(Encoded) : throw WrongType(AttributeType.M);

    /// <summary>The elements of an L, SS, NS or BS; sets in their canonical order.</summary>
    /// <exception cref="InvalidOperationException">The value has another type.</exception>
    public IReadOnlyList<AttributeValue> AsList()
    {
        if (!View.Tag.IsContainer() || View.Tag == ValueTag.Map)
        {
            throw WrongType(AttributeType.L);
        }

        var all = Encoded;
        var elements = new List<AttributeValue>(View.Count);
        foreach (var element in View.Elements)
        {
            var start = OffsetOf(all, element.Encoded);
            elements.Add(new AttributeValue(all.Slice(start, element.Encoded.Length)));
        }

        return elements;
    }

    /// <inheritdoc />
    public bool Equals(AttributeValue other) => Encoded.Span.SequenceEqual(other.Encoded.Span);

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is AttributeValue other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Encoded.Span);
        return hash.ToHashCode();
    }

    /// <summary>The value as DynamoDB JSON, e.g. <c>{"S":"Nina"}</c>.</summary>
    public override string ToString() => Api.AttributeValueWriter.ToText(View);

    /// <summary>Where a part lies in the whole it was cut from.</summary>
    internal static int OffsetOf(ReadOnlyMemory<byte> whole, ReadOnlySpan<byte> part) => (int)System.Runtime.CompilerServices.Unsafe.ByteOffset(
        ref MemoryMarshal.GetReference(whole.Span), ref MemoryMarshal.GetReference(part));

    private static AttributeValue Set<T>(ValueTag tag, IEnumerable<T> elements, Action<ValueWriter, T> write)
    {
        ArgumentNullException.ThrowIfNull(elements);
        return Build((tag, elements, write), static (writer, set) =>
        {
            var mark = writer.Begin(set.tag);
            var count = 0;
            foreach (var element in set.elements)
            {
                writer.BeginElement();
                set.write(writer, element);
                count++;
            }

            if (count == 0)
            {
                throw DynamoDbException.Validation("One or more parameter values were invalid: An set may not be empty");
            }

            if (!writer.End(mark))
            {
                throw DynamoDbException.Validation("One or more parameter values were invalid: Input collection contains duplicates.");
            }
        });
    }

    private static AttributeValue Build<T>(T state, Action<ValueWriter, T> write)
    {
        using var writer = ValueWriter.Rent();
        write(writer, state);
        return new AttributeValue(writer.Written.ToArray());
    }

    private ReadOnlySpan<byte> Scalar(ValueTag tag) => View.Tag == tag ? View.Scalar : throw WrongType(tag.ToType());

    private InvalidOperationException WrongType(AttributeType wanted) => new($"The value is of type {Type}, not {wanted}.");
}
