using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Storage.Engine.AwsSdk;
using Xunit;

namespace Storage.Tests.Doors;

/// <summary>The same walk through all three doors: the socket, the SDK in process, the store's own types.</summary>
public sealed class CitiesWalkTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("storage-walk-").FullName;

    public static TheoryData<string> Doors => ["socket", "sdk in process", "native"];

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task A_user_walks_through_the_cities(string name)
    {
        await using var door = await OpenAsync(name);
        await door.CreateCitiesAsync();
        await door.WriteAllAsync(City.All);

        var wanted = City.All
            .Where(city => city.Country == "JP")
            .OrderByDescending(city => city.Population)
            .Take(10)
            .Select(city => city.Name);
        var largest = await door.LargestAsync("JP", 10);
        Assert.Equal(wanted, largest.Select(city => city.Name));

        var tokyo = largest[0];
        Assert.Equal(tokyo, await door.PutNewAsync(tokyo with { Name = "Edo" }));
        Assert.Equal(tokyo, await door.GetAsync("JP", tokyo.CityId));

        var osaka = largest[1];
        Assert.False(await door.MoveAsync(tokyo, osaka, tokyo.Population + 1));
        Assert.Equal(osaka, await door.GetAsync("JP", osaka.CityId));
        Assert.True(await door.MoveAsync(tokyo, osaka, 1_000));

        var segments = await door.ScanSegmentsAsync(8);
        Assert.Equal(8, segments.Count(segment => segment.Count > 0));
        Assert.Equal(
            City.All.Select(city => city.CityId).Order(),
            segments.SelectMany(segment => segment).Order());

        Assert.Equal(1, await door.VisitAsync(osaka));
        Assert.Equal(2, await door.VisitAsync(osaka));
        await door.DeleteAsync(largest[9]);

        await door.ReopenAsync();
        Assert.Equal(tokyo.Population - 1_000, (await door.GetAsync("JP", tokyo.CityId))!.Population);
        Assert.Equal(osaka.Population + 1_000, (await door.GetAsync("JP", osaka.CityId))!.Population);
        Assert.Equal(3, await door.VisitAsync(osaka));
        Assert.Null(await door.GetAsync("JP", largest[9].CityId));
        Assert.DoesNotContain(largest[9], await door.LargestAsync("JP", 10));
        Assert.Equal(City.All.Count - 1, (await door.ScanSegmentsAsync(3)).Sum(segment => segment.Count));
    }

    private Task<IDoor> OpenAsync(string name) => name switch
    {
        "native" => NativeDoor.OpenAsync(directory),
        "socket" => SdkDoor.OpenAsync(OpenSocketAsync),
        _ => SdkDoor.OpenAsync(OpenInProcessAsync),
    };

    private async Task<(AmazonDynamoDBClient Client, IAsyncDisposable Behind)> OpenInProcessAsync()
    {
        var store = await Engine.Store.OpenAsync(directory);
        return (store.CreateDynamoDBClient(), store);
    }

    private async Task<(AmazonDynamoDBClient Client, IAsyncDisposable Behind)> OpenSocketAsync()
    {
        var server = await Storage.Server.StorageServer.StartAsync(
            new Storage.Server.Options.ServerOptions { Port = 0, Data = directory });
        var client = new AmazonDynamoDBClient(
            new BasicAWSCredentials("any", "any"),
            new AmazonDynamoDBConfig { ServiceURL = server.Address.ToString(), AuthenticationRegion = "eu-west-1" });
        return (client, server);
    }
}
