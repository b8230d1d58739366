using Storage.Engine.Encoding;
using Storage.Engine.Partitions;
using Utf8 = System.Text.Encoding;

namespace Storage.Engine.Tables;

/// <summary>
/// Remembers the ClientRequestTokens of ten minutes as system items in the same records as the writes they guard.
/// An item is a Map {h: hash of the request (16 bytes), x: when it expires, microseconds}. Each new token also removes
/// expired ones, so that the table stays small without a clock of its own.
/// </summary>
internal sealed class RequestTokens(PartitionMap partitions)
{
    /// <summary>Expired tokens removed for each new one: more than one, so that a burst is worked off.</summary>
    internal const int RemovedAtOnceMax = 2;

    // Expiry order of the tokens of each partition; changes under its Writer. Filled from the records, so it is
    // rebuilt by replay.
    private readonly Dictionary<uint, Queue<(long ExpiresMicros, byte[] Key)>> expiries =
        partitions.Partitions.ToArray().ToDictionary(partition => partition.Id, _ => new Queue<(long, byte[])>());

    internal static void BuildKey(string token, KeyBuffer key) =>
        SystemTables.BuildKey(SystemTables.TokensId, Utf8.UTF8.GetBytes(token), key);

    internal Partition Route(KeyBuffer key) => partitions.Route(key.Span);

    /// <summary>Looks a token up; the caller holds the partition's writer.</summary>
    internal static bool TryFind(Partition partition, ReadOnlySpan<byte> key, long nowMicros, out UInt128 requestHash, out long lsn)
    {
        lsn = partition.Peek(key, out var item, out var found);
        requestHash = default;
        if (!found)
        {
            return false;
        }

        var view = new ValueView(item);
        view.TryGetMember("h"u8, out var hash);
        requestHash = System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash.Scalar);
        return CatalogItem.ReadNumber(view, "x"u8) > nowMicros;
    }

    internal static void WriteItem(UInt128 requestHash, long expiresMicros, ValueWriter writer)
    {
        var mark = writer.Begin(ValueTag.Map);
        Span<byte> hash = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128LittleEndian(hash, requestHash);
        writer.BeginMember("h"u8);
        writer.WriteBinary(hash);
        CatalogItem.WriteNumber(writer, "x"u8, expiresMicros);
        writer.End(mark);
    }

    /// <summary>
    /// Key of the token at that place in the partition's expiry order if it has expired; the caller holds the
    /// partition's writer.
    /// </summary>
    internal IEnumerable<byte[]> Expired(Partition partition, long nowMicros) => expiries[partition.Id]
        .TakeWhile(entry => entry.ExpiresMicros <= nowMicros)
        .Take(RemovedAtOnceMax)
        .Select(entry => entry.Key);

    /// <summary>Follows a change of a token item, live and in replay.</summary>
    internal void Follow(Partition partition, in Change change)
    {
        var queue = expiries[partition.Id];
        if (!change.NewImage.IsEmpty)
        {
            queue.Enqueue((CatalogItem.ReadNumber(new ValueView(change.NewImage), "x"u8), change.Key.ToArray()));
            return;
        }

        if (queue.TryPeek(out var first) && change.Key.SequenceEqual(first.Key))
        {
            queue.Dequeue();
        }
    }
}
