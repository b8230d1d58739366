using System.Buffers.Binary;
using Storage.Engine.Encoding;
using Storage.Engine.Partitions;
using Utf8 = System.Text.Encoding;

namespace Storage.Engine.Tables;

/// <summary>
/// Remembers the ClientRequestTokens of ten minutes as system items in the same records as the writes they guard.
/// An item is a Map {h: hash of the request (16 bytes), x: when it expires, microseconds}. Each new token also removes
/// expired ones, so that the table stays small without a clock of its own. All of them are known in memory, by following
/// the records: looking one up never needs the disk.
/// </summary>
internal sealed class RequestTokens
{
    /// <summary>Expired tokens removed for each new one: more than one, so that a burst is worked off.</summary>
    internal const int RemovedAtOnceMax = 2;

    private readonly PartitionMap partitions;
    private readonly Tokens[] known; // by partition; each changes under its partition's Writer

    internal RequestTokens(PartitionMap partitions)
    {
        this.partitions = partitions;
        known = new Tokens[partitions.Partitions.Length];
        for (var i = 0; i < known.Length; i++)
        {
            known[i] = new Tokens();
        }
    }

    internal static void BuildKey(string token, KeyBuffer key) =>
        SystemTables.BuildKey(SystemTables.TokensId, Utf8.UTF8.GetBytes(token), key);

    internal Partition Route(KeyBuffer key) => partitions.Route(key.Span);

    /// <summary>
    /// Looks a token up; the caller holds the partition's writer. <paramref name="lsn"/> is what the answer depends on;
    /// <paramref name="remembered"/> is true also for an expired one.
    /// </summary>
    internal bool TryFind(ReadOnlySpan<byte> key, long nowMicros, out UInt128 requestHash, out bool remembered, out long lsn)
    {
        var at = partitions.IndexOf(key);
        remembered = known[at].TryGet(key, out var token);
        requestHash = token.RequestHash;
        lsn = remembered ? token.Lsn : partitions.Partitions[at].LastLsn;
        return remembered && token.ExpiresMicros > nowMicros;
    }

    internal static void WriteItem(UInt128 requestHash, long expiresMicros, ValueWriter writer)
    {
        var mark = writer.Begin(ValueTag.Map);
        Span<byte> hash = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(hash, requestHash);
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
        foreach (var (expiresMicros, _, key) in known[partitions.IndexOf(reused)].ByExpiry)
        {
            if (expiresMicros > nowMicros || removed == RemovedAtOnceMax)
            {
                return;
            }

            if (!reused.SequenceEqual(key))
            {
                scope.AddChange(partition, ChangeFlags.Existed, key, 0, 0, default, default, default);
                removed++;
            }
        }
    }

    /// <summary>
    /// Follows a change of a token item, live, in replay and, in any order of the keys, out of a checkpoint. An empty image
    /// is a removal.
    /// </summary>
    internal void Follow(ReadOnlySpan<byte> key, ReadOnlySpan<byte> newImage, long lsn)
    {
        var tokens = known[partitions.IndexOf(key)];
        if (newImage.IsEmpty)
        {
            tokens.Remove(key);
            return;
        }

        var item = new ValueView(newImage);
        item.TryGetMember("h"u8, out var hash);
        tokens.Set(
            key,
            new Token(BinaryPrimitives.ReadUInt128LittleEndian(hash.Scalar), CatalogItem.ReadNumber(item, "x"u8), lsn));
    }

    private readonly record struct Token(UInt128 RequestHash, long ExpiresMicros, long Lsn);

    /// <summary>The tokens of one partition, also in the order in which they expire.</summary>
    private sealed class Tokens
    {
        private readonly Dictionary<byte[], (Token Token, long Number)> byKey = new(TokenKeyComparer.Instance);
        private long nextNumber; // tells apart what expires at one moment

        internal SortedSet<(long ExpiresMicros, long Number, byte[] Key)> ByExpiry { get; } = new(
            Comparer<(long ExpiresMicros, long Number, byte[] Key)>.Create((left, right) =>
                left.ExpiresMicros != right.ExpiresMicros
                    ? left.ExpiresMicros.CompareTo(right.ExpiresMicros)
                    : left.Number.CompareTo(right.Number)));

        internal bool TryGet(ReadOnlySpan<byte> key, out Token token)
        {
            var found = byKey.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var entry);
            token = entry.Token;
            return found;
        }

        internal void Set(ReadOnlySpan<byte> key, Token token)
        {
            Remove(key);
            var stored = key.ToArray();
            byKey.Add(stored, (token, nextNumber));
            ByExpiry.Add((token.ExpiresMicros, nextNumber++, stored));
        }

        internal void Remove(ReadOnlySpan<byte> key)
        {
            if (byKey.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(key, out var stored, out var entry))
            {
                ByExpiry.Remove((entry.Token.ExpiresMicros, entry.Number, stored));
            }
        }
    }
}
