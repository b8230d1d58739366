using Storage.Engine;
using Storage.Engine.Model;

namespace Storage.Tests.Doors;

/// <summary>The store's own types.</summary>
internal sealed class NativeDoor(string directory) : IDoor
{
    private const string Table = "Cities";

    private Engine.Store store = null!;

    internal static async Task<IDoor> OpenAsync(string directory)
    {
        var door = new NativeDoor(directory);
        door.store = await Engine.Store.OpenAsync(directory);
        return door;
    }

    public async Task ReopenAsync()
    {
        await store.DisposeAsync();
        store = await Engine.Store.OpenAsync(directory);
    }

    public async Task CreateCitiesAsync() => await store.CreateTableAsync(new TableDefinition
    {
        Name = Table,
        Key = new KeySchema(new KeyAttribute("country", AttributeType.S), new KeyAttribute("cityId", AttributeType.N)),
        Indexes =
        [
            new IndexDefinition
            {
                Name = "ByPopulation",
                Key = new KeySchema(new KeyAttribute("country", AttributeType.S), new KeyAttribute("population", AttributeType.N)),
            },
        ],
    });

    public async Task WriteAllAsync(IReadOnlyList<City> cities)
    {
        foreach (var batch in cities.Chunk(25))
        {
            await store.BatchWriteAsync([.. batch.Select(city => TransactAction.Put(Table, ItemOf(city)))]);
        }
    }

    public async Task<IReadOnlyList<City>> LargestAsync(string country, int count)
    {
        var cities = new List<City>();
        var query = new QueryOptions
        {
            Index = "ByPopulation",
            KeyCondition = "country = :c",
            Values = Item.Of((":c", country)),
            Descending = true,
        };
        await foreach (var item in store.QueryAsync(Table, query))
        {
            cities.Add(CityOf(item));
            if (cities.Count == count)
            {
                break;
            }
        }

        return cities;
    }

    public async Task<City?> GetAsync(string country, long cityId) =>
        await store.GetAsync(Table, KeyOf(country, cityId)) is { } item ? CityOf(item) : null;

    public async Task<City?> PutNewAsync(City city)
    {
        var outcome = await store.PutAsync(
            Table, ItemOf(city), new WriteOptions { Condition = "attribute_not_exists(country)", ReturnOld = true });
        return outcome.Accepted ? null : CityOf(outcome.Old!);
    }

    public async Task<bool> MoveAsync(City from, City to, long inhabitants)
    {
        var values = Item.Of((":n", inhabitants));
        var outcome = await store.TransactWriteAsync(
        [
            TransactAction.Update(
                Table,
                KeyOf(from.Country, from.CityId),
                "SET population = population - :n",
                new WriteOptions { Condition = "population >= :n", Values = values }),
            TransactAction.Update(
                Table, KeyOf(to.Country, to.CityId), "SET population = population + :n", new WriteOptions { Values = values }),
        ]);
        return outcome.Accepted;
    }

    public async Task<IReadOnlyList<IReadOnlyList<long>>> ScanSegmentsAsync(int segments) =>
        await Task.WhenAll(Enumerable.Range(0, segments).Select(async segment =>
        {
            var ids = new List<long>();
            var options = new ScanOptions { Segment = segment, TotalSegments = segments, Projection = "cityId" };
            await foreach (var item in store.ScanAsync(Table, options))
            {
                ids.Add(item["cityId"].AsInt64());
            }

            return (IReadOnlyList<long>)ids;
        }));

    public async Task<long> VisitAsync(City city)
    {
        var outcome = await store.UpdateAsync(
            Table, KeyOf(city.Country, city.CityId), "ADD visits :one", new WriteOptions { Values = Item.Of((":one", 1)) });
        return outcome.New!["visits"].AsInt64();
    }

    public async Task DeleteAsync(City city) => await store.DeleteAsync(Table, KeyOf(city.Country, city.CityId));

    public async ValueTask DisposeAsync() => await store.DisposeAsync();

    private static Item KeyOf(string country, long cityId) => Item.Of(("country", country), ("cityId", cityId));

    private static Item ItemOf(City city) => Item.Of(
        ("country", city.Country), ("cityId", city.CityId), ("name", city.Name), ("population", city.Population));

    private static City CityOf(Item item) => new(
        item["country"].AsString(), item["cityId"].AsInt64(), item["name"].AsString(), item["population"].AsInt64());
}
