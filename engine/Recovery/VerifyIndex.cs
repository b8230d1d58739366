using Storage.Engine.Encoding;
using Storage.Engine.Tables;

namespace Storage.Engine.Recovery;

/// <summary>
/// Finds out which entries of an index are not as the table's items ask, once their sums have shown that some are not:
/// looks for each item's entry, then for each entry's item.
/// </summary>
internal sealed class VerifyIndex(Table table, ItemIndex index, VerifyFindings findings, CancellationToken cancellation)
{
    /// <summary>Named one by one; the rest is counted.</summary>
    private const int NamedMax = 100;

    private const int EntriesPerFill = 256;

    private readonly KeyBuffer key = new();
    private readonly KeyRange range = new();
    private long wrong;

    internal async ValueTask RunAsync()
    {
        var cursor = new RangeCursor();
        range.Start(table.Stored.Id, 0, 1);
        cursor.Start(table.Partitions, range.Low.Span, range.High.Span, true, EntriesPerFill);
        while (await cursor.FillAsync(cancellation).ConfigureAwait(false))
        {
            while (cursor.TryNext())
            {
                CheckItem(cursor.Key, cursor.Value);
            }
        }

        range.Start(index.Stored.Id, 0, 1);
        cursor.Start(index.Partitions, range.Low.Span, range.High.Span, true, EntriesPerFill);
        while (await cursor.FillAsync(cancellation).ConfigureAwait(false))
        {
            while (cursor.TryNext())
            {
                CheckEntry(cursor.Key);
            }
        }

        if (wrong > NamedMax)
        {
            findings.Damage(null, null, $"{Name}: {wrong} entries in all are not what the table's items ask for.");
        }
    }

    private string Name
    {
        get
        {
            var name = VerifyKeyText.OfIndex(index, table.Name);
            return char.ToUpperInvariant(name[0]) + name[1..];
        }
    }

    private void CheckItem(ReadOnlySpan<byte> itemKey, ReadOnlySpan<byte> item)
    {
        if (!index.TryBuildEntryKey(new ValueView(item), itemKey, key))
        {
            return;
        }

        using var expected = ValueWriter.Rent();
        index.Project(new ValueView(item), expected);
        using var held = ValueWriter.Rent();
        index.Partitions.Route(key.Span).Read(key.Span, held, out var found);
        if (!found)
        {
            Report($"the entry {VerifyKeyText.OfEntry(key.Span, index, table.Key)} is missing");
        }
        else if (!held.Written.SequenceEqual(expected.Written))
        {
            Report($"the entry {VerifyKeyText.OfEntry(key.Span, index, table.Key)} is not what the item says");
        }
    }

    /// <summary>An entry whose item asks for it was looked at from there.</summary>
    private void CheckEntry(ReadOnlySpan<byte> entryKey)
    {
        table.BuildKeyOfParts(entryKey[VerifyKeyText.BasePartsOffset(entryKey, index)..], key);
        using var item = ValueWriter.Rent();
        table.Partitions.Route(key.Span).Read(key.Span, item, out var found);
        var itemKey = key.Span.ToArray();
        if (!found
            || !index.TryBuildEntryKey(new ValueView(item.Written), itemKey, key)
            || !key.Span.SequenceEqual(entryKey))
        {
            Report($"the entry {VerifyKeyText.OfEntry(entryKey, index, table.Key)} has no item that asks for it");
        }
    }

    private void Report(string text)
    {
        if (++wrong <= NamedMax)
        {
            findings.Damage(null, null, $"{Name}: {text}.");
        }
    }
}
