using CsCheck;
using Storage.Engine;
using Storage.Engine.Model;
using Storage.Engine.Tables;
using Xunit;

namespace Storage.Tests.Tables;

/// <summary>State = fold(log): what a store holds after any operations is what its log folds to.</summary>
public sealed class ReplayTests
{
    private static readonly Gen<string> Table = Gen.OneOf("Albums", "Songs");
    private static readonly Gen<string> Partition = Gen.OneOf("a", "b");
    private static readonly Gen<string> Sort = Gen.OneOf("1", "2", "3");
    private static readonly Gen<string> Word = Gen.OneOf("x", "y", "zz");

    private static readonly Gen<(string Name, Func<OpenedStore, Task> Run)> Operation = Gen.OneOf(
        Table.Select(table => (
            $"create {table}",
            (Func<OpenedStore, Task>)(of => of.Store.CreateTableAsync(
                OpenedStore.Definition(table, OpenedStore.Index("ByWord", "W", ProjectionType.KeysOnly))).AsTask()))),
        Table.Select(table => (
            $"delete {table}",
            (Func<OpenedStore, Task>)(of => of.Store.DeleteTableAsync(table).AsTask()))),
        Table.Select(table => (
            $"add index to {table}",
            (Func<OpenedStore, Task>)(of => AddIndexAsync(of, table)))),
        Table.Select(table => (
            $"remove index of {table}",
            (Func<OpenedStore, Task>)(of => of.Database.UpdateTableAsync(
                table, new TableChange { RemoveIndex = "ByOther" }, default).AsTask()))),
        Gen.Select(Table, Partition, Sort, Word).Select(t => (
            $"put {t}",
            (Func<OpenedStore, Task>)(of => of.Store.PutAsync(
                t.Item1, Item.Of(("P", t.Item2), ("S", t.Item3), ("W", t.Item4), ("O", t.Item4 + t.Item3))).AsTask()))),
        Gen.Select(Table, Partition, Sort).Select(t => (
            $"update {t}",
            (Func<OpenedStore, Task>)(of => of.Store.UpdateAsync(
                t.Item1,
                OpenedStore.Key(t.Item2, t.Item3),
                "ADD N :one REMOVE O",
                new WriteOptions { Values = Item.Of((":one", 1)) }).AsTask()))),
        Gen.Select(Table, Partition, Sort).Select(t => (
            $"delete {t}",
            (Func<OpenedStore, Task>)(of => of.Store.DeleteAsync(t.Item1, OpenedStore.Key(t.Item2, t.Item3)).AsTask()))),
        Gen.Select(Table, Partition, Word).Select(t => (
            $"transact {t}",
            (Func<OpenedStore, Task>)(of => TransactAsync(of, t.Item1, t.Item2, t.Item3)))));

    [Fact]
    public void A_state_is_what_its_log_folds_to_after_any_operations() =>
        Operation.Array[1, 40].Sample(
            operations =>
            {
                var opened = OpenedStore.Empty();
                foreach (var (_, run) in operations)
                {
                    Run(run(opened));
                }

                Assert.Equal(StateText.Of(opened.State), StateText.Of(opened.Log.Replay()));
            },
            iter: 300,
            print: operations => string.Join("; ", operations.Select(operation => operation.Name)));

    /// <summary>Refusals (no such table, an index that exists) are part of the game.</summary>
    private static void Run(Task operation)
    {
        try
        {
            operation.GetAwaiter().GetResult();
        }
        catch (DynamoDbException)
        {
            // Refused: nothing may have changed, which the comparison shows.
        }
    }

    private static async Task AddIndexAsync(OpenedStore of, string name)
    {
        var table = await of.Database.UpdateTableAsync(
            name, new TableChange { AddIndex = OpenedStore.Index("ByOther", "O") }, default);
        await of.Database.WaitForBackfillsAsync(table, default);
    }

    private static async Task TransactAsync(OpenedStore of, string table, string partition, string word)
    {
        of.Time.Advance(TimeSpan.FromMinutes(4));
        await of.Store.TransactWriteAsync(
            [
                TransactAction.Put(table, Item.Of(("P", partition), ("S", "1"), ("W", word))),
                TransactAction.Delete(table, OpenedStore.Key(partition, "2")),
            ],
            word);
    }
}
