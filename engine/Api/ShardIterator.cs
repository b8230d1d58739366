using System.Buffers.Binary;
using System.IO.Hashing;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>
/// A ShardIterator: the stream's ARN, a version, and what tells the rest, in base 64. Everything a read needs is in it, so
/// it outlives the process. Its checksum keeps garbage out; a forged one reads what its forger may read anyway.
/// </summary>
/// <param name="Arn">The stream.</param>
/// <param name="PartitionId">The partition of the shard.</param>
/// <param name="After">Read on behind this.</param>
/// <param name="IssuedMillis">When it was given out, by the store's clock, since 1970-01-01 UTC.</param>
internal sealed record ShardIterator(string Arn, uint PartitionId, ChangePosition After, long IssuedMillis)
{
    internal const int LengthMax = 2048;

    private const string Version = "|1|";
    private const int ChecksumAt = 24;
    private const int Bytes = ChecksumAt + sizeof(ulong);

    /// <summary>Source: API Reference of DynamoDB Streams, GetShardIterator.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(15);

    /// <summary>False once it is too old. One from the future is none that this clock gave out.</summary>
    internal bool IsValidAt(DateTimeOffset now) =>
        TimeSpan.FromMilliseconds(now.ToUnixTimeMilliseconds() - IssuedMillis).Duration() <= Life;

    /// <inheritdoc />
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, PartitionId);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[4..], After.Lsn);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], After.Ordinal);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], IssuedMillis);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[ChecksumAt..], Checksum(Arn, bytes[..ChecksumAt]));
        return Arn + Version + Convert.ToBase64String(bytes);
    }

    /// <summary>Reads what <see cref="ToString"/> wrote; null for anything else.</summary>
    internal static ShardIterator? Read(string text)
    {
        var at = text.LastIndexOf(Version, StringComparison.Ordinal);
        Span<byte> bytes = stackalloc byte[Bytes];
        if (at < 0
            || !Convert.TryFromBase64Chars(text.AsSpan(at + Version.Length), bytes, out var written)
            || written != Bytes
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes[ChecksumAt..]) != Checksum(text[..at], bytes[..ChecksumAt]))
        {
            return null;
        }

        return new ShardIterator(
            text[..at],
            BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            new ChangePosition(BinaryPrimitives.ReadInt64LittleEndian(bytes[4..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[12..])),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]));
    }

    private static ulong Checksum(string arn, ReadOnlySpan<byte> rest)
    {
        var hash = new XxHash64();
        hash.Append(System.Text.Encoding.UTF8.GetBytes(arn));
        hash.Append(rest);
        return hash.GetCurrentHashAsUInt64();
    }
}
