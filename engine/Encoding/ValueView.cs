using System.Diagnostics.CodeAnalysis;
using Storage.Engine.Model;

namespace Storage.Engine.Encoding;

/// <summary>
/// A view on one encoded value; reads where the bytes lie, allocates nothing. On damaged bytes it throws
/// <see cref="InvalidDataException"/> or an out-of-range exception: every step is checked against the bytes there are
/// and moves forward, so it neither reads outside them nor runs for ever.
/// </summary>
internal readonly ref struct ValueView
{
    internal const int ContainerHeaderBytes = 7;

    /// <summary>Levels of containers read before the bytes are taken for damaged; items nest far less.</summary>
    internal const int LevelsMax = 256;

    /// <summary>Views the value that <paramref name="bytes"/> starts with; what follows it is ignored.</summary>
    internal ValueView(ReadOnlySpan<byte> bytes) => Encoded = bytes[..LengthOf(bytes)];

    private ValueView(ReadOnlySpan<byte> bytes, int length) => Encoded = bytes[..length];

    /// <summary>Tag and content.</summary>
    internal ReadOnlySpan<byte> Encoded { get; }

    internal ValueTag Tag => (ValueTag)Encoded[0];

    internal AttributeType Type => Tag.ToType();

    internal bool Boolean => Tag == ValueTag.True;

    /// <summary>Content of a String (UTF-8), Number (see <see cref="NumberCodec"/>) or Binary.</summary>
    internal ReadOnlySpan<byte> Scalar
    {
        get
        {
            var offset = 1;
            var length = VarInt.Read(Encoded, ref offset);
            return Encoded.Slice(offset, length);
        }
    }

    /// <summary>Elements of a set or list, members of a map.</summary>
    internal int Count => ReadU24(Encoded[4..]);

    /// <summary>Elements of a set or list.</summary>
    internal ElementEnumerator Elements => new(Encoded[ContainerHeaderBytes..]);

    /// <summary>Members of a map, ordered by the bytes of their names.</summary>
    internal MemberEnumerator Members => new(Encoded[ContainerHeaderBytes..]);

    /// <summary>Bytes, at least one, of the encoded value that <paramref name="bytes"/> starts with.</summary>
    /// <exception cref="InvalidDataException">They start with no value, or with a part of one.</exception>
    internal static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        var tag = (ValueTag)bytes[0];
        int offset;
        int length;
        if (tag is ValueTag.Number or ValueTag.String or ValueTag.Binary)
        {
            offset = 1;
            length = VarInt.Read(bytes, ref offset);
        }
        else if (tag is >= ValueTag.NumberSet and <= ValueTag.Map)
        {
            offset = ContainerHeaderBytes;
            length = ReadU24(bytes[1..]);
        }
        else if (tag is >= ValueTag.Null and <= ValueTag.True)
        {
            return 1;
        }
        else
        {
            throw new InvalidDataException($"Value tag {(byte)tag} does not exist.");
        }

        if (length > bytes.Length - offset)
        {
            throw new InvalidDataException("A value is longer than the bytes that hold it.");
        }

        return offset + length;
    }

    /// <summary>Equality as DynamoDB compares: type, then content; numbers by value, sets regardless of order.</summary>
    internal bool ValueEquals(ValueView other) => Encoded.SequenceEqual(other.Encoded);

    /// <summary>Finds a member of a map.</summary>
    internal bool TryGetMember(ReadOnlySpan<byte> name, out ValueView value)
    {
        var content = Encoded[ContainerHeaderBytes..];
        var offset = 0;
        while (offset < content.Length)
        {
            var nameLength = VarInt.Read(content, ref offset);
            var candidate = content.Slice(offset, nameLength);
            offset += nameLength;
            var valueLength = LengthOf(content[offset..]);
            if (candidate.SequenceEqual(name))
            {
                value = new ValueView(content[offset..], valueLength);
                return true;
            }

            offset += valueLength;
        }

        value = default;
        return false;
    }

    /// <summary>Finds an element of a list or set by its position.</summary>
    internal bool TryGetElement(int index, out ValueView value)
    {
        if ((uint)index < (uint)Count)
        {
            var content = Encoded[ContainerHeaderBytes..];
            for (; index > 0; index--)
            {
                content = content[LengthOf(content)..];
            }

            value = new ValueView(content);
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>True when a set or list holds an equal element.</summary>
    internal bool ContainsElement(ValueView element)
    {
        foreach (var candidate in Elements)
        {
            if (candidate.ValueEquals(element))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// DynamoDB's size of the value in bytes: UTF-8 of strings, raw binary, 1 for null and Boolean, 3 and 1 an element
    /// for lists and maps (with the names of members), the sum of the elements for sets, numbers by
    /// <see cref="NumberCodec.SizeBytes"/>. Source: Developer Guide, item sizes, and captured number costs.
    /// </summary>
    internal int SizeBytes => ValueSize.Of(Encoded);

    /// <summary>DynamoDB's size of this map taken as an item: names and values, no overhead for the map itself.</summary>
    internal int ItemSizeBytes => ValueSize.OfItem(Encoded);

    /// <summary>Damaged bytes may nest as deep as they are long; a stack overflow would end the process.</summary>
    internal static void RequireLevel(int level)
    {
        if (level >= LevelsMax)
        {
            throw new InvalidDataException("A value nests deeper than any item.");
        }
    }

    internal static int ReadU24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);

    /// <summary>Walks the elements of a set or list.</summary>
    internal ref struct ElementEnumerator(ReadOnlySpan<byte> content)
    {
        private ReadOnlySpan<byte> rest = content;

        public ValueView Current { get; private set; }

        public readonly ElementEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (rest.IsEmpty)
            {
                return false;
            }

            Current = new ValueView(rest);
            rest = rest[Current.Encoded.Length..];
            return true;
        }
    }

    /// <summary>Walks the members of a map.</summary>
    internal ref struct MemberEnumerator(ReadOnlySpan<byte> content)
    {
        private ReadOnlySpan<byte> rest = content;

        public Member Current { get; private set; }

        public readonly MemberEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (rest.IsEmpty)
            {
                return false;
            }

            var offset = 0;
            var nameLength = VarInt.Read(rest, ref offset);
            var value = new ValueView(rest[(offset + nameLength)..]);
            Current = new Member(rest.Slice(offset, nameLength), value);
            rest = rest[(offset + nameLength + value.Encoded.Length)..];
            return true;
        }
    }

    /// <summary>A member of a map: its name in UTF-8, its value.</summary>
    [SuppressMessage("Performance", "CA1815", Justification = "A ref struct is never compared.")]
    internal readonly ref struct Member(ReadOnlySpan<byte> name, ValueView value)
    {
        internal ReadOnlySpan<byte> Name { get; } = name;

        internal ValueView Value { get; } = value;
    }
}
