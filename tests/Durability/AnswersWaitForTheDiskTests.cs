using System.Globalization;
using Storage.Engine;
using Storage.Engine.Model;
using Xunit;

namespace Storage.Tests.Durability;

/// <summary>No answer precedes the sync that covers what it shows: writes, reads, absences, refusals, pages, tables.</summary>
public sealed class AnswersWaitForTheDiskTests : IAsyncLifetime
{
    private const string Table = "Things";

    private readonly PowerLossFiles files = new();
    private Engine.Store store = null!;

    public async Task InitializeAsync()
    {
        store = await Engine.Store.OpenAsync(new StoreOptions { Files = files, Seed = 1, InitialPartitions = 1 });
        await store.CreateTableAsync(new TableDefinition { Name = Table, Key = new KeySchema(new KeyAttribute("P", AttributeType.S)) });
        await store.PutAsync(Table, ItemOf("old", 1));
    }

    public async Task DisposeAsync()
    {
        files.OpenGate();
        await store.DisposeAsync();
    }

    public static TheoryData<string> Answers => ["get", "absence", "refusal", "same put", "batch get", "transact get", "update"];

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task An_answer_that_shows_an_unsynced_change_waits_for_its_sync(string kind)
    {
        files.CloseGate();
        var write = store.PutAsync(Table, ItemOf("old", 2)).AsTask();
        var removal = store.DeleteAsync(Table, KeyOf("gone")).AsTask();
        var answer = Ask(kind);

        await Task.WhenAny(answer, write, Task.Delay(TimeSpan.FromMilliseconds(50)));
        Assert.False(write.IsCompleted);
        Assert.False(answer.IsCompleted);

        files.OpenGate();
        await Task.WhenAll(answer, write, removal);
    }

    [Fact]
    public async Task A_table_is_shown_only_once_its_creation_is_synced()
    {
        files.CloseGate();
        var creation = store.CreateTableAsync(
            new TableDefinition { Name = "New", Key = new KeySchema(new KeyAttribute("P", AttributeType.S)) }).AsTask();
        await WaitUntil(() => store.Database.Catalog.Find("New") is not null);
        Task[] answers =
        [
            creation,
            store.FindTableAsync("New").AsTask(),
            store.ListTablesAsync().AsTask(),
            store.GetAsync("New", KeyOf("any")).AsTask(),
        ];

        await Task.WhenAny([.. answers, Task.Delay(TimeSpan.FromMilliseconds(50))]);
        Assert.All(answers, answer => Assert.False(answer.IsCompleted));

        files.OpenGate();
        await Task.WhenAll(answers);
    }

    [Fact]
    public async Task What_was_answered_is_there_after_a_loss_of_power_at_any_answer()
    {
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 12; i++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"{writer}-{i}");
                await store.PutAsync(Table, ItemOf(name, i));
                await RequireAsync(name, i);
                var shown = await store.GetAsync(Table, KeyOf("shared"));
                await RequireAsync("shared", shown?["N"].AsInt64() ?? 0);
                await store.UpdateAsync(
                    Table, KeyOf("shared"), "ADD N :one", new WriteOptions { Values = Item.Of((":one", 1)) });
            }
        }));
        await Task.WhenAll(writers);
    }

    /// <summary>Opens what a loss of power would leave now: the item is there and no older than what was shown.</summary>
    private async Task RequireAsync(string name, long least)
    {
        await using var survivor = await Engine.Store.OpenAsync(
            new StoreOptions { Files = files.AfterPowerLoss(), Seed = 1, InitialPartitions = 1 });
        var item = await survivor.GetAsync(Table, KeyOf(name));
        Assert.True(item is null ? least == 0 && name == "shared" : item["N"].AsInt64() >= least, $"{name} is {item}, not {least}");
    }

    private Task Ask(string kind) => kind switch
    {
        "get" => store.GetAsync(Table, KeyOf("old")).AsTask(),
        "absence" => store.GetAsync(Table, KeyOf("never there")).AsTask(),
        "refusal" => store.PutAsync(
            Table, ItemOf("old", 3), new WriteOptions { Condition = "attribute_not_exists(P)" }).AsTask(),
        "same put" => store.PutAsync(Table, ItemOf("old", 2)).AsTask(),
        "batch get" => store.BatchGetAsync([(Table, KeyOf("old"))]).AsTask(),
        "transact get" => store.TransactGetAsync([(Table, KeyOf("old"))]).AsTask(),
        _ => store.UpdateAsync(Table, KeyOf("old"), "SET X = N").AsTask(),
    };

    private static async Task WaitUntil(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Yield();
        }
    }

    private static Item KeyOf(string name) => Item.Of(("P", name));

    private static Item ItemOf(string name, int number) => Item.Of(("P", name), ("N", number));
}
