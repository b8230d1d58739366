using CsCheck;
using Storage.Engine;
using Storage.Engine.Model;
using Storage.Engine.Tables;
using Xunit;

namespace Storage.Tests.Tables;

/// <summary>
/// A store in layers does what one in memory does: same answers, same records, same content, counts and sizes, whatever
/// lies in active memory, frozen memory or runs.
/// </summary>
public sealed class LayeredModelTests
{
    private const string Name = "TableT";
    private static readonly Gen<string> Partition = Gen.OneOf("a", "b", "c");
    private static readonly Gen<string> Sort = Gen.Int[0, 12].Select(number => $"{number:D2}");
    private static readonly Gen<string> Word = Gen.OneOf("x", "y", "zz");

    private static readonly Gen<Step> Change = Gen.OneOf(
        Gen.Select(Partition, Sort, Word).Select(t => new Step($"put {t}", store => PutAsync(store, t.Item1, t.Item2, t.Item3))),
        Gen.Select(Partition, Sort, Word).Select(t => new Step($"new {t}", store => PutNewAsync(store, t.Item1, t.Item2, t.Item3))),
        Gen.Select(Partition, Sort).Select(t => new Step($"bare {t}", store => PutAsync(store, t.Item1, t.Item2, null))),
        Gen.Select(Partition, Sort, Word).Select(t => new Step($"update {t}", store => UpdateAsync(store, t.Item1, t.Item2, t.Item3))),
        Gen.Select(Partition, Sort).Select(t => new Step($"delete {t}", store => DeleteAsync(store, t.Item1, t.Item2))),
        Gen.Select(Partition, Sort, Word).Select(t => new Step($"transact {t}", store => TransactAsync(store, t.Item1, t.Item2, t.Item3))));

    private static readonly Gen<Step> Read = Gen.OneOf(
        Gen.Select(Partition, Sort).Select(t => new Step($"get {t}", store => GetAsync(store, t.Item1, t.Item2))),
        Gen.Select(Gen.Bool, Gen.Bool, Gen.Int[1, 9]).Select(t => new Step($"pages {t}", store => PagesAsync(store, t.Item1, t.Item2, t.Item3))),
        Gen.Select(Partition, Sort, Gen.Bool).Select(t => new Step($"query {t}", store => QueryAsync(store, t.Item1, t.Item2, t.Item3))));

    private static readonly Gen<Step> Rare = Gen.OneOf(
        Gen.Const(new Step("add index", AddIndexAsync)),
        Gen.Const(new Step("remove index", RemoveIndexAsync)),
        Gen.Const(new Step("drop", store => store.Store.DeleteTableAsync(Name).AsTask())),
        Gen.Const(new Step("create", store => store.Store.CreateTableAsync(Definition).AsTask())));

    private static readonly Gen<Step> Layer = Gen.OneOf(
        Gen.Const(new Step("freeze", null, store => Do(!store.IsFrozen, store.Freeze))),
        Gen.Const(new Step("write", null, store => Do(store.IsFrozen && !store.IsWritten, store.Write))),
        Gen.Const(new Step("publish", null, store => Do(store.IsWritten, store.Publish))),
        Gen.Const(new Step("checkpoint", null, store => Do(true, store.Checkpoint))),
        Gen.Const(new Step("merge", null, store => Do(true, store.Merge))));

    private static readonly Gen<Step> Any = Gen.Frequency(
        (12, Change), (6, Read), (1, Rare), (5, Layer), (1, Gen.Const(new Step("reopen", null))));

    private static TableDefinition Definition => OpenedStore.Definition(
        Name, OpenedStore.Index("ByWord", "W", ProjectionType.KeysOnly), OpenedStore.Index("ByNote", "O"));

    [Fact]
    public void A_store_in_layers_does_what_one_in_memory_does() => Any.Array[1, 80].Sample(
        steps => CompareAsync(steps).GetAwaiter().GetResult(),
        iter: 400,
        print: steps => string.Join("; ", steps.Select(step => step.Name)));

    private static async Task CompareAsync(Step[] steps)
    {
        await using var layered = new CheckpointedStore();
        var plain = OpenedStore.Empty();
        await layered.Store.CreateTableAsync(Definition);
        await plain.Store.CreateTableAsync(Definition);
        foreach (var step in steps)
        {
            if (step.Layer is { } change)
            {
                change(layered);
            }
            else if (step.Run is { } run)
            {
                Assert.Equal(await AnswerAsync(run, plain), await AnswerAsync(run, layered.Opened));
            }
            else
            {
                plain = plain.Reopen();
                await layered.ReopenAsync();
            }
        }

        Assert.Equal(plain.Log.Records(), layered.Opened.Log.Records());
        var expected = StateText.Of(plain.State, withLsns: false);
        Assert.Equal(expected, StateText.Of(layered.Opened.State, withLsns: false));
        await layered.ReopenAsync();
        Assert.Equal(expected, StateText.Of(layered.Opened.State, withLsns: false));
        await plain.DisposeAsync();
    }

    private static void Do(bool now, Action step)
    {
        if (now)
        {
            step();
        }
    }

    /// <summary>Refusals are answers too.</summary>
    private static async Task<string> AnswerAsync(Func<OpenedStore, Task> run, OpenedStore store)
    {
        try
        {
            var task = run(store);
            await task;
            return task is Task<string> told ? told.Result : "done";
        }
        catch (DynamoDbException refusal)
        {
            return refusal.ErrorType + refusal.Message;
        }
    }

    private static Item ItemOf(string partition, string sort, string? word) => word is null
        ? OpenedStore.Key(partition, sort)
        : Item.Of(("P", partition), ("S", sort), ("W", word), ("O", word + sort), ("Text", new string('t', 30)));

    private static async Task<string> PutAsync(OpenedStore store, string partition, string sort, string? word) => Text(
        await store.Store.PutAsync(Name, ItemOf(partition, sort, word), new WriteOptions { ReturnOld = true }));

    private static async Task<string> PutNewAsync(OpenedStore store, string partition, string sort, string word) => Text(
        await store.Store.PutAsync(
            Name, ItemOf(partition, sort, word), new WriteOptions { Condition = "attribute_not_exists(P)", ReturnOld = true }));

    private static async Task<string> UpdateAsync(OpenedStore store, string partition, string sort, string word) => Text(
        await store.Store.UpdateAsync(
            Name,
            OpenedStore.Key(partition, sort),
            "SET W = :w ADD N :one REMOVE O",
            new WriteOptions { Values = Item.Of((":one", 1), (":w", word)), ReturnOld = true }));

    private static async Task<string> DeleteAsync(OpenedStore store, string partition, string sort) => Text(
        await store.Store.DeleteAsync(Name, OpenedStore.Key(partition, sort), new WriteOptions { ReturnOld = true }));

    private static async Task<string> TransactAsync(OpenedStore store, string partition, string sort, string word)
    {
        store.Time.Advance(TimeSpan.FromMinutes(4));
        var outcome = await store.Store.TransactWriteAsync(
            [
                TransactAction.Put(Name, ItemOf(partition, sort, word)),
                TransactAction.Delete(Name, OpenedStore.Key(partition, "t")),
                TransactAction.Check(Name, OpenedStore.Key("b", sort), new WriteOptions { Condition = "attribute_not_exists(N)" }),
            ],
            word);
        return outcome.Accepted + string.Join(",", outcome.Reasons.Select(reason => reason.Code));
    }

    private static async Task<string> GetAsync(OpenedStore store, string partition, string sort)
    {
        var keys = new[] { OpenedStore.Key(partition, sort), OpenedStore.Key("a", sort), OpenedStore.Key("a", "03") };
        var single = await store.Store.GetAsync(Name, keys[0]);
        var table = store.State.Catalog.Find(Name) ?? throw DynamoDbException.ResourceNotFound();
        var reads = keys.Distinct().Select(key =>
        {
            var read = new ItemRead { Table = table };
            table.TryBuildKey(new Engine.Encoding.ValueView(key.Encoded.Span), read.Key);
            return read;
        }).ToArray();
        await store.Database.TransactReadAsync(reads, default);
        return string.Join(";", reads.Select(read => read.Found ? Convert.ToHexString(read.Item.Written) : "none").Prepend(Text(single)));
    }

    /// <summary>All entries of the table or its index in pages of a limit, with their keys and where each page ends.</summary>
    private static async Task<string> PagesAsync(OpenedStore store, bool ofIndex, bool ascending, int limit)
    {
        var table = store.State.Catalog.Find(Name) ?? throw DynamoDbException.ResourceNotFound();
        var map = ofIndex ? table.Indexes[0].Partitions : table.Partitions;
        var range = new KeyRange();
        range.Start(map.Id, 0, 1);
        using var page = new PageReader();
        var text = new List<string>();
        do
        {
            page.Start(map, range, ascending, default, limit);
            while (await page.FillAsync(default))
            {
                while (page.TryNext())
                {
                    text.Add($"{Convert.ToHexString(page.EntryKey)}={Convert.ToHexString(page.Item)}");
                }
            }

            text.Add($"{page.ScannedCount} {page.EvaluatedBytes} {page.IsFull}");
            if (page.IsFull)
            {
                range.Resume(page.EntryKey, ascending);
            }
        }
        while (page.IsFull);
        return string.Join("\n", text);
    }

    private static async Task<string> QueryAsync(OpenedStore store, string partition, string sort, bool descending)
    {
        var text = new List<string>();
        await foreach (var item in store.Store.QueryAsync(Name, new QueryOptions
        {
            KeyCondition = descending ? "P = :p AND S < :s" : "P = :p AND S >= :s",
            Values = Item.Of((":p", partition), (":s", sort)),
            Descending = descending,
        }))
        {
            text.Add(Text(item));
        }

        return string.Join(";", text);
    }

    private static async Task AddIndexAsync(OpenedStore store)
    {
        var table = await store.Database.UpdateTableAsync(
            Name, new TableChange { AddIndex = OpenedStore.Index("Later", "O", ProjectionType.KeysOnly) }, default);
        await store.Database.WaitForBackfillsAsync(table, default);
    }

    private static Task<Table> RemoveIndexAsync(OpenedStore store) =>
        store.Database.UpdateTableAsync(Name, new TableChange { RemoveIndex = "Later" }, default).AsTask();

    private static string Text(WriteOutcome outcome) => $"{outcome.Accepted} {Text(outcome.Old)}";

    private static string Text(Item? item) => item is null ? "none" : Convert.ToHexString(item.Encoded.Span);

    private sealed record Step(string Name, Func<OpenedStore, Task>? Run, Action<CheckpointedStore>? Layer = null);
}
