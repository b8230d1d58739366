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
        return ExpiryOf(view) > nowMicros;
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
    /// Adds the removal of expired tokens to a record, except the one that is about to be used again: its item is
    /// replaced. The caller holds the partition's writer.
    /// </summary>
    internal void RemoveExpired(Partition partition, ReadOnlySpan<byte> reused, long nowMicros, CommitScope scope)
    {
        var removed = 0;
        foreach (var (expiresMicros, key) in expiries[partition.Id])
        {
            if (expiresMicros > nowMicros || removed == RemovedAtOnceMax)
            {
                return;
            }

            if (!reused.SequenceEqual(key) && IsCurrent(partition, key, expiresMicros))
            {
                scope.AddChange(partition, ChangeFlags.Existed, key, 0, 0, default, default, default);
                removed++;
            }
        }
    }

    /// <summary>Follows a change of a token item, already applied, live and in replay.</summary>
    internal void Follow(Partition partition, in Change change)
    {
        var queue = expiries[partition.Id];
        if (!change.NewImage.IsEmpty)
        {
            queue.Enqueue((ExpiryOf(new ValueView(change.NewImage)), change.Key.ToArray()));
        }

        while (queue.TryPeek(out var first) && !IsCurrent(partition, first.Key, first.ExpiresMicros))
        {
            queue.Dequeue();
        }
    }

    /// <summary>
    /// False for a token that was removed, or used again since and so expires later: it has an entry further behind.
    /// </summary>
    private static bool IsCurrent(Partition partition, ReadOnlySpan<byte> key, long expiresMicros)
    {
        partition.Peek(key, out var item, out var found);
        return found && ExpiryOf(new ValueView(item)) == expiresMicros;
    }

    private static long ExpiryOf(ValueView item) => CatalogItem.ReadNumber(item, "x"u8);
}
