using System.Globalization;
using Storage.Engine;
using Storage.Engine.Model;
using Xunit;

namespace Storage.Tests.Store;

/// <summary>No state is shared between stores: fifty in memory live in one test process.</summary>
public sealed class ManyStoresTests
{
    [Fact]
    public async Task Fifty_stores_in_memory_live_in_one_process_and_know_nothing_of_each_other()
    {
        var stores = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => Engine.Store.OpenAsync(new StoreOptions()).AsTask()));
        try
        {
            await Task.WhenAll(stores.Select(async (store, number) =>
            {
                await store.CreateTableAsync(new TableDefinition
                {
                    Name = "Things",
                    Key = new KeySchema(new KeyAttribute("P", AttributeType.S)),
                });
                await store.PutAsync("Things", Item.Of(("P", number.ToString(CultureInfo.InvariantCulture))));
            }));

            foreach (var (store, number) in stores.Select((store, number) => (store, number)))
            {
                var own = Item.Of(("P", number.ToString(CultureInfo.InvariantCulture)));
                var all = new List<Item>();
                await foreach (var item in store.ScanAsync("Things"))
                {
                    all.Add(item);
                }

                Assert.Equal([own], all);
            }
        }
        finally
        {
            foreach (var store in stores)
            {
                await store.DisposeAsync();
            }
        }
    }
}
