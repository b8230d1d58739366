using System.IO.Hashing;

namespace Storage.Engine.Tables;

/// <summary>Compares keys given as arrays or as the bytes of a request.</summary>
internal sealed class TokenKeyComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    internal static readonly TokenKeyComparer Instance = new();

    public bool Equals(byte[]? left, byte[]? right) => left.AsSpan().SequenceEqual(right);

    public bool Equals(ReadOnlySpan<byte> left, byte[] right) => left.SequenceEqual(right);

    public int GetHashCode(byte[] key) => GetHashCode(key.AsSpan());

    public int GetHashCode(ReadOnlySpan<byte> key) => (int)XxHash3.HashToUInt64(key);

    public byte[] Create(ReadOnlySpan<byte> key) => key.ToArray();
}
