using System.Collections.Immutable;

namespace Storage.Engine.Model;

/// <summary>An attribute that is part of a key: its name and its type (S, N or B).</summary>
public sealed record KeyAttribute
{
    private readonly byte[] nameUtf8;

    /// <summary>Names a key attribute.</summary>
    public KeyAttribute(string name, AttributeType type)
    {
        Name = name;
        Type = type;
        nameUtf8 = System.Text.Encoding.UTF8.GetBytes(name);
    }

    /// <summary>Attribute name, 1 to 255 bytes of UTF-8.</summary>
    public string Name { get; }

    /// <summary>S, N or B.</summary>
    public AttributeType Type { get; }

    internal ReadOnlySpan<byte> NameUtf8 => nameUtf8;

    /// <inheritdoc />
    public bool Equals(KeyAttribute? other) => other is not null && Name == other.Name && Type == other.Type;

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Name, Type);
}

/// <summary>
/// The key of a table or index. A table has one partition key attribute and at most one sort key attribute; a global
/// index may have up to four of each.
/// </summary>
public sealed record KeySchema
{
    /// <summary>A key of one partition key attribute and, perhaps, one sort key attribute.</summary>
    public KeySchema(KeyAttribute partition, KeyAttribute? sort = null)
        : this([partition], sort is null ? [] : [sort])
    {
    }

    /// <summary>A key of several attributes.</summary>
    public KeySchema(ImmutableArray<KeyAttribute> partition, ImmutableArray<KeyAttribute> sort)
    {
        Partition = partition;
        Sort = sort;
    }

    /// <summary>HASH attributes, in order.</summary>
    public ImmutableArray<KeyAttribute> Partition { get; }

    /// <summary>RANGE attributes, in order; empty for a simple key.</summary>
    public ImmutableArray<KeyAttribute> Sort { get; }

    /// <summary>HASH and RANGE attributes together.</summary>
    public int Count => Partition.Length + Sort.Length;

    /// <summary>The attribute at a position, HASH attributes first.</summary>
    public KeyAttribute this[int index] => index < Partition.Length ? Partition[index] : Sort[index - Partition.Length];

    /// <inheritdoc />
    public bool Equals(KeySchema? other) =>
        other is not null && Partition.SequenceEqual(other.Partition) && Sort.SequenceEqual(other.Sort);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Partition.Length, Sort.Length, Partition[0]);

    internal bool Contains(ReadOnlySpan<byte> nameUtf8)
    {
        foreach (var attribute in Partition)
        {
            if (attribute.NameUtf8.SequenceEqual(nameUtf8))
            {
                return true;
            }
        }

        foreach (var attribute in Sort)
        {
            if (attribute.NameUtf8.SequenceEqual(nameUtf8))
            {
                return true;
            }
        }

        return false;
    }
}
