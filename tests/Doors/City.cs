using System.IO.Compression;
using System.Text.Json;

namespace Storage.Tests.Doors;

/// <summary>A city of GeoNames as the walk uses it; see tests/data/README.md.</summary>
public sealed record City(string Country, long CityId, string Name, long Population)
{
    /// <summary>The 4,442 cities of 100,000 inhabitants and more.</summary>
    public static IReadOnlyList<City> All { get; } = [.. ReadAll()];

    private static IEnumerable<City> ReadAll()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "data", "cities-100k.ddb.json.gz");
        using var file = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (file.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            var item = json.RootElement.GetProperty("Item");
            yield return new City(
                Text(item, "country", "S"),
                long.Parse(Text(item, "cityId", "N"), System.Globalization.CultureInfo.InvariantCulture),
                Text(item, "name", "S"),
                long.Parse(Text(item, "population", "N"), System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    private static string Text(JsonElement item, string name, string type) =>
        item.GetProperty(name).GetProperty(type).GetString()!;
}
