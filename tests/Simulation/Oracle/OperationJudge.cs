using System.Buffers.Binary;
using Storage.Engine;
using Storage.Engine.Encoding;
using Storage.Engine.Log;
using Storage.Engine.Model;
using Storage.Engine.Partitions;
using Storage.Engine.Tables;
using Storage.Simulation.Device;
using Storage.Simulation.Workload;

namespace Storage.Simulation.Oracle;

/// <summary>
/// Explains every record by the operation that made it and holds it against what that operation plainly means; then
/// holds every answer against what the items were while it was on its way. Gives each operation its LSN.
/// </summary>
internal sealed class OperationJudge
{
    private readonly IReadOnlyList<Operation> operations;
    private readonly ItemHistory history = new();
    private readonly RecordFold fold = new();
    private readonly Dictionary<uint, string> names = [];
    private readonly List<string> wrong = [];
    private readonly HashSet<long> expiries = []; // records that removed what had expired

    internal OperationJudge(IReadOnlyList<Operation> operations) => this.operations = operations;

    /// <summary>The content after every record.</summary>
    internal RecordFold Fold => fold;

    /// <summary>What the items were.</summary>
    internal ItemHistory History => history;

    /// <summary>What no operation explains, in words.</summary>
    internal IReadOnlyList<string> Wrong => wrong;

    /// <summary>Follows the records of a log, in order.</summary>
    internal void Follow(IEnumerable<WalkedRecord> records)
    {
        foreach (var record in records)
        {
            if (record.Kind == RecordKind.Changes)
            {
                Explain(record);
            }

            fold.Apply(record);
            foreach (var table in fold.Tables.Values)
            {
                names[table.Id] = table.Definition.Name;
                CheckIndexes(table, record.Lsn);
            }
        }
    }

    /// <summary>
    /// Holds the answers against the items. Returns, for each operation, the record that must be durable once it is
    /// answered: its own, or the one that made the item what the answer says.
    /// </summary>
    internal Dictionary<int, long> JudgeAnswers(IReadOnlyList<(int Index, TraceMark Mark, int Operation)> marks)
    {
        var needs = new Dictionary<int, long>();
        var from = new Dictionary<int, long>();
        long answered = 0;
        long issued = 0;
        foreach (var (_, mark, id) in marks)
        {
            if (mark is TraceMark.Opened or TraceMark.Shown)
            {
                continue;
            }

            var operation = operations[id - 1];
            if (mark == TraceMark.Issued)
            {
                from[id] = answered;
                issued = Math.Max(issued, operation.Lsn);
                continue;
            }

            needs[id] = operation.Lsn > 0 ? operation.Lsn : JudgeUnrecorded(operation, from[id], LastOf(Math.Max(issued, answered)));
            answered = Math.Max(answered, needs[id]);
        }

        return needs;
    }

    /// <summary>The operation that an image of a record names; null when it has none, as of deletions and definitions.</summary>
    internal static int? OperationOf(WalkedRecord record)
    {
        for (var offset = 0; offset < record.Body.Length;)
        {
            var change = Change.Read(record.Body, ref offset);
            if (BinaryPrimitives.ReadUInt32BigEndian(change.Key) >= SystemTables.FirstUserId && !change.NewImage.IsEmpty)
            {
                return (int)new Item(change.NewImage.ToArray())["O"].AsInt64();
            }
        }

        return null;
    }

    private void Explain(WalkedRecord record)
    {
        var changes = new List<(string Key, Item? Item)>();
        Operation? operation = null;
        for (var offset = 0; offset < record.Body.Length;)
        {
            var change = Change.Read(record.Body, ref offset);
            var id = BinaryPrimitives.ReadUInt32BigEndian(change.Key);
            if (id == SystemTables.CatalogId)
            {
                if (!Catalog.IsTable(change.Key))
                {
                    continue; // a former stream: what happened to its table follows
                }

                ExplainCatalog(change, record.Lsn);
                return;
            }

            if (id == SystemTables.TokensId || (change.Flags & ChangeFlags.IndexOnly) != 0)
            {
                continue; // the fold compares these; an index entry is compared with its item after every record
            }

            if ((change.Flags & ChangeFlags.Expiry) != 0)
            {
                ExplainExpiry(record, change);
                return;
            }

            var image = change.NewImage.IsEmpty ? null : new Item(change.NewImage.ToArray());
            var key = KeyOf(names[id], change.Key, image);
            changes.Add((key, image));
            operation ??= image is not null ? operations[(int)image["O"].AsInt64() - 1] : FindDeletion(key);
        }

        if (changes.Count == 0)
        {
            return;
        }

        if (operation is null || operation.Lsn > 0)
        {
            wrong.Add($"Record {record.Lsn} was made by no operation, or again by {operation}.");
            return;
        }

        operation.Lsn = record.Lsn;
        var expected = Expect(operation, record.Lsn);
        if (expected is null || !expected.OrderBy(change => change.Key, StringComparer.Ordinal)
            .SequenceEqual(changes.OrderBy(change => change.Key, StringComparer.Ordinal)))
        {
            wrong.Add($"Record {record.Lsn} is not what operation {operation} does.");
        }

        foreach (var (key, item) in changes)
        {
            history.Set(key, record.Lsn, item);
        }
    }

    /// <summary>Only what is due may go, and only while its table has time to live.</summary>
    private void ExplainExpiry(WalkedRecord record, Change change)
    {
        var table = names[BinaryPrimitives.ReadUInt32BigEndian(change.Key)];
        var key = KeyOf(table, change.Key, null);
        if (fold.Tables[table].Definition.TimeToLive != WorkloadTables.Expiry
            || history.Latest(key) is not { } item
            || ExpiryOf(item) is not { } seconds
            || seconds > record.TimeMicros / 1_000_000)
        {
            wrong.Add($"Record {record.Lsn} removes {key}, which has not expired: {history.Latest(key)}.");
        }

        history.Set(key, record.Lsn, null);
        expiries.Add(record.Lsn);
    }

    /// <summary>Nobody asked for what expires: such records may be there once all asked for before them are.</summary>
    private long LastOf(long asked)
    {
        while (expiries.Contains(asked + 1))
        {
            asked++;
        }

        return asked;
    }

    private static long? ExpiryOf(Item item) =>
        item.TryGetValue(WorkloadTables.Expiry, out var value) && value.Type == AttributeType.N ? value.AsInt64() : null;

    /// <summary>What an operation changes, given the items as they are; null when a condition refuses it.</summary>
    private List<(string Key, Item? Item)>? Expect(Operation operation, long lsn)
    {
        var expected = new List<(string, Item?)>();
        foreach (var action in operation.Actions)
        {
            var key = ItemHistory.KeyText(action.Table, action.Key);
            var old = history.At(key, lsn - 1);
            if (!action.IsMet(old))
            {
                return null;
            }

            var after = action.After(old, operation.Id);
            if (!Equals(old, after))
            {
                expected.Add((key, after));
            }
        }

        return expected;
    }

    private void ExplainCatalog(Change change, long lsn)
    {
        var text = KeyPart(change.Key);
        var operation = operations.FirstOrDefault(candidate =>
            candidate.Lsn == 0 && candidate.Kind >= OperationKind.CreateTable && candidate.Table == text);
        if (change.NewImage.IsEmpty)
        {
            history.Drop(text, lsn);
        }

        var isActivation = operation is null || (operation.Kind == OperationKind.AddIndex && !HasIndex(change, operation.Index!))
            || (operation.Kind == OperationKind.RemoveIndex && HasIndex(change, operation.Index!))
            || (operation.Kind == OperationKind.SetStream && DefinitionOf(change)?.Stream != operation.Stream)
            || (operation.Kind == OperationKind.SetTimeToLive && DefinitionOf(change)?.TimeToLive != operation.TimeToLive);
        if (!isActivation)
        {
            operation!.Lsn = lsn;
        }
    }

    private static bool HasIndex(Change change, IndexDefinition index) =>
        DefinitionOf(change) is { } definition && definition.Indexes.Any(held => held.Name == index.Name);

    private static TableDefinition? DefinitionOf(Change change) =>
        change.NewImage.IsEmpty ? null : CatalogItem.Read(new ValueView(change.NewImage)).Definition;

    /// <summary>A deletion says what it deleted, and no two items that were ever there are equal.</summary>
    private Operation? FindDeletion(string key) => operations.FirstOrDefault(candidate =>
        candidate is { Lsn: 0, Kind: OperationKind.Write, Answer: not Answer.Refused }
        && candidate.Actions[0].Kind == ActionKind.Delete
        && ItemHistory.KeyText(candidate.Table, candidate.Actions[0].Key) == key
        && (candidate.Answer == Answer.None || Equals(candidate.Found[0], history.Latest(key))));

    private static string KeyOf(string table, ReadOnlySpan<byte> key, Item? image)
    {
        if (image is not null)
        {
            return ItemHistory.KeyText(table, image.TryGetValue("S", out var sort)
                ? Item.Of(("P", image["P"]), ("S", sort))
                : Item.Of(("P", image["P"])));
        }

        var name = KeyPart(key);
        var rest = key[(KeyBuffer.PartsOffset + 2 + name.Length)..];
        if (rest.IsEmpty)
        {
            return ItemHistory.KeyText(table, Item.Of(("P", name)));
        }

        Span<byte> number = stackalloc byte[NumberCodec.TextBytesMax];
        var text = System.Text.Encoding.UTF8.GetString(number[..NumberCodec.Format(rest, number)]);
        return ItemHistory.KeyText(table, Item.Of(("P", name), ("S", AttributeValue.Number(text))));
    }

    private static string KeyPart(ReadOnlySpan<byte> key)
    {
        var part = key[KeyBuffer.PartsOffset..];
        return System.Text.Encoding.UTF8.GetString(part.Slice(2, BinaryPrimitives.ReadUInt16BigEndian(part)));
    }

    /// <summary>An answer without a record must have been right at some moment while it was on its way.</summary>
    private long JudgeUnrecorded(Operation operation, long from, long until)
    {
        if (operation.Kind >= OperationKind.CreateTable)
        {
            wrong.Add($"Operation {operation} was answered and left no record.");
            return 0;
        }

        if (operation.Repeats > 0)
        {
            return operations[operation.Repeats - 1].Lsn;
        }

        var keys = operation.Actions.Select(action => ItemHistory.KeyText(action.Table, action.Key)).ToArray();
        foreach (var moment in history.Changes(keys).Where(lsn => lsn > from && lsn <= until).Prepend(from))
        {
            var items = Array.ConvertAll(keys, key => history.At(key, moment));
            if (IsRight(operation, items))
            {
                return history.Changes(keys).Where(lsn => lsn <= moment).DefaultIfEmpty(0).Max();
            }
        }

        wrong.Add($"Operation {operation} was answered as at no moment between records {from} and {until}.");
        return 0;
    }

    private static bool IsRight(Operation operation, Item?[] items)
    {
        if (operation.Kind is OperationKind.Get or OperationKind.TransactGet)
        {
            return items.SequenceEqual(operation.Found);
        }

        var met = operation.Actions.Zip(items).All(pair => pair.First.IsMet(pair.Second));
        return operation.Answer == Answer.Refused
            ? !met
            : met && operation.Actions.Zip(items).All(pair => Equals(pair.First.After(pair.Second, operation.Id), pair.Second));
    }

    /// <summary>The entries of an ACTIVE index are those of the items, no more and no fewer.</summary>
    private void CheckIndexes(StoredTable table, long lsn)
    {
        var items = fold.Entries(table.Id);
        CheckExpiry(table, items, lsn);
        for (var i = 0; i < table.Indexes.Length; i++)
        {
            if (table.Indexes[i].Status != IndexStatus.Active)
            {
                continue;
            }

            var definition = table.Definition.Indexes[i];
            var expected = items.Values
                .Select(bytes => new Item(bytes))
                .Where(item => Enumerable.Range(0, definition.Key.Count).All(part => item.TryGetValue(definition.Key[part].Name, out _)))
                .Select(item => Text(Project(item, definition, table.Definition.Key).Encoded.Span));
            var held = fold.Entries(table.Indexes[i].Id).Values.Select(bytes => Text(bytes));
            if (!expected.Order(StringComparer.Ordinal).SequenceEqual(held.Order(StringComparer.Ordinal)))
            {
                wrong.Add($"After record {lsn} index {definition.Name} of {table.Definition.Name} is not that of the items.");
            }
        }
    }

    /// <summary>So are those of a filled expiry index: the second in which each item expires, then its key.</summary>
    private void CheckExpiry(StoredTable table, IReadOnlyDictionary<string, byte[]> items, long lsn)
    {
        if (table.Expiry is not { Status: IndexStatus.Active } index)
        {
            return;
        }

        var expected = new List<string>();
        Span<byte> prefix = stackalloc byte[KeyBuffer.PartsOffset];
        foreach (var (key, bytes) in items)
        {
            if (ExpiryOf(new Item(bytes)) is { } seconds)
            {
                BinaryPrimitives.WriteUInt32BigEndian(prefix, index.Id);
                BinaryPrimitives.WriteInt64BigEndian(prefix[sizeof(uint)..], seconds);
                expected.Add(Text(prefix) + key[KeyBuffer.PartsOffset..]);
            }
        }

        if (!expected.Order(StringComparer.Ordinal).SequenceEqual(fold.Entries(index.Id).Keys.Order(StringComparer.Ordinal)))
        {
            wrong.Add($"After record {lsn} the expiry index of {table.Definition.Name} is not that of the items.");
        }
    }

    private static string Text(ReadOnlySpan<byte> bytes) => System.Text.Encoding.Latin1.GetString(bytes);

    private static Item Project(Item item, IndexDefinition index, KeySchema key) => index.Projection == ProjectionType.All
        ? item
        : Item.Of([.. item
            .Where(member => index.NonKeyAttributes.Contains(member.Key) || IsPart(index.Key, member.Key) || IsPart(key, member.Key))
            .Select(member => (member.Key, member.Value))]);

    private static bool IsPart(KeySchema key, string name) => Enumerable.Range(0, key.Count).Any(part => key[part].Name == name);
}
