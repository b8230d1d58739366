#region README
using Storage.Engine;
using Storage.Engine.Model;
#endregion

namespace ReadmeSamples;

internal static class Embedded
{
    internal static async Task RunAsync()
    {
        #region README
        await using var store = await Store.OpenAsync("./music");
        if (await store.FindTableAsync("Music") is null)
        {
            await store.CreateTableAsync(new TableDefinition
            {
                Name = "Music",
                Key = new KeySchema(new KeyAttribute("Artist", AttributeType.S), new KeyAttribute("Song", AttributeType.S)),
            });
        }

        var song = Item.Of(("Artist", "Nina Simone"), ("Song", "Sinnerman"), ("Seconds", 622));
        var put = await store.PutAsync("Music", song, new WriteOptions { Condition = "attribute_not_exists(Song)" });
        Console.WriteLine(put.Accepted ? "new" : "known");

        await store.UpdateAsync(
            "Music",
            Item.Of(("Artist", "Nina Simone"), ("Song", "Sinnerman")),
            "ADD Plays :one",
            new WriteOptions { Values = Item.Of((":one", 1)) });

        var songs = new QueryOptions { KeyCondition = "Artist = :artist", Values = Item.Of((":artist", "Nina Simone")) };
        await foreach (var found in store.QueryAsync("Music", songs))
        {
            Console.WriteLine($"{found["Song"].AsString()}: played {found["Plays"].AsInt64()} times");
        }
        #endregion
    }
}
