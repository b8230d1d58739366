using System.Globalization;
using CsCheck;
using Storage.Engine;
using Storage.Engine.Model;
using Xunit;

namespace Storage.Tests.Model;

/// <summary>Concurrent histories equal some sequential one, and transactions are all or nothing for everyone who looks.</summary>
public sealed class ConcurrencyTests
{
    private const string Table = "Things";

    [Fact]
    public void Parallel_writes_end_as_some_sequence_of_them_would()
    {
        var key = Gen.OneOf("a", "b");
        Gen.Const(Open)
            .SampleParallel(
                Gen.Select(key, Gen.Int[0, 9]).Operation<Engine.Store>(
                    t => $"Put({t.Item1}, {t.Item2})",
                    (store, t) => store.PutAsync(Table, Item.Of(("P", t.Item1), ("N", t.Item2))).AsTask().Wait()),
                key.Operation<Engine.Store>(
                    k => $"Double({k})",
                    (store, k) => store.UpdateAsync(
                        Table,
                        Item.Of(("P", k)),
                        "SET N = N + N",
                        new WriteOptions { Condition = "attribute_exists(N)" }).AsTask().Wait()),
                key.Operation<Engine.Store>(
                    k => $"Increment({k})",
                    (store, k) => store.UpdateAsync(
                        Table, Item.Of(("P", k)), "ADD N :one", new WriteOptions { Values = Item.Of((":one", 1)) }).AsTask().Wait()),
                key.Operation<Engine.Store>(
                    k => $"Delete({k})",
                    (store, k) => store.DeleteAsync(Table, Item.Of(("P", k))).AsTask().Wait()),
                Gen.Operation<Engine.Store>(
                    "Swap",
                    store => store.TransactWriteAsync(
                    [
                        TransactAction.Update(
                            Table, Item.Of(("P", "a")), "SET N = :n", new WriteOptions { Values = Item.Of((":n", 100)) }),
                        TransactAction.Delete(
                            Table, Item.Of(("P", "b")), new WriteOptions { Condition = "attribute_exists(P)" }),
                    ]).AsTask().Wait()),
                equal: (left, right) => State(left) == State(right),
                maxParallelOperations: 4,
                iter: 100);
    }

    [Fact]
    public async Task Transfers_keep_the_sum_for_every_transactional_reader()
    {
        const int accounts = 8;
        const int start = 100;
        await using var store = Open();
        for (var i = 0; i < accounts; i++)
        {
            await store.PutAsync(Table, Item.Of(("P", Name(i)), ("N", start)));
        }

        var keys = Enumerable.Range(0, accounts).Select(i => (Table, Item.Of(("P", Name(i))))).ToArray();
        using var done = new CancellationTokenSource();
        var reader = Task.Run(async () =>
        {
            var looks = 0;
            do
            {
                var items = await store.TransactGetAsync(keys);
                Assert.Equal(accounts * start, items.Sum(item => item!["N"].AsInt64()));
                looks++;
            }
            while (!done.IsCancellationRequested);
            return looks;
        });

        var writers = Enumerable.Range(0, 4).Select(seed => Task.Run(() => TransferAsync(store, new Random(seed), accounts)));
        var accepted = (await Task.WhenAll(writers)).Sum();
        await done.CancelAsync();

        Assert.True(await reader > 0);
        Assert.True(accepted > 0);
        var end = await store.TransactGetAsync(keys);
        Assert.Equal(accounts * start, end.Sum(item => item!["N"].AsInt64()));
        Assert.All(end, item => Assert.True(item!["N"].AsInt64() >= 0));
    }

    [Fact]
    public async Task Concurrent_conditional_puts_have_one_winner()
    {
        await using var store = Open();
        for (var round = 0; round < 50; round++)
        {
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(async () => await store.PutAsync(
                Table,
                Item.Of(("P", Name(round)), ("N", i)),
                new WriteOptions { Condition = "attribute_not_exists(P)" }))));
            Assert.Single(outcomes, outcome => outcome.Accepted);
        }
    }

    private static async Task<int> TransferAsync(Engine.Store store, Random random, int accounts)
    {
        var accepted = 0;
        for (var i = 0; i < 500; i++)
        {
            var from = random.Next(accounts);
            var to = (from + 1 + random.Next(accounts - 1)) % accounts;
            var values = Item.Of((":n", random.Next(1, 40)));
            var outcome = await store.TransactWriteAsync(
            [
                TransactAction.Update(
                    Table, Item.Of(("P", Name(from))), "SET N = N - :n", new WriteOptions { Condition = "N >= :n", Values = values }),
                TransactAction.Update(Table, Item.Of(("P", Name(to))), "SET N = N + :n", new WriteOptions { Values = values }),
            ]);
            accepted += outcome.Accepted ? 1 : 0;
        }

        return accepted;
    }

    private static string State(Engine.Store store) => string.Join(
        ',', new[] { "a", "b" }.Select(name => store.GetAsync(Table, Item.Of(("P", name))).AsTask().Result?.ToString()));

    private static string Name(int i) => i.ToString(CultureInfo.InvariantCulture);

    private static Engine.Store Open()
    {
        var store = Engine.Store.OpenAsync(new StoreOptions { Seed = 1, InitialPartitions = 4 }).AsTask().Result;
        store.CreateTableAsync(new TableDefinition { Name = Table, Key = new KeySchema(new KeyAttribute("P", AttributeType.S)) })
            .AsTask().Wait();
        return store;
    }
}
