namespace Storage.Tests.Doors;

/// <summary>One way into the product; the walk is the same through each. A store behind a door survives reopening.</summary>
public interface IDoor : IAsyncDisposable
{
    /// <summary>Closes the store and opens it again on the same directory.</summary>
    Task ReopenAsync();

    /// <summary>Table Cities: country HASH, cityId RANGE; global index ByPopulation: country HASH, population RANGE.</summary>
    Task CreateCitiesAsync();

    Task WriteAllAsync(IReadOnlyList<City> cities);

    /// <summary>A country's cities by the index, greatest population first.</summary>
    Task<IReadOnlyList<City>> LargestAsync(string country, int count);

    Task<City?> GetAsync(string country, long cityId);

    /// <summary>Puts unless the city is there; gives the old one when it is.</summary>
    Task<City?> PutNewAsync(City city);

    /// <summary>Moves inhabitants between two cities in one transaction; false when the first has too few.</summary>
    Task<bool> MoveAsync(City from, City to, long inhabitants);

    /// <summary>The keys that each segment of a parallel scan gives.</summary>
    Task<IReadOnlyList<IReadOnlyList<long>>> ScanSegmentsAsync(int segments);

    /// <summary>Counts a visit at a city and gives the new count.</summary>
    Task<long> VisitAsync(City city);

    Task DeleteAsync(City city);
}
