using Storage.Engine;
using Storage.Engine.Model;
using Xunit;

namespace Storage.Tests.Tables;

/// <summary>"A client request token is valid for 10 minutes after the first request that uses it is completed." API Reference, TransactWriteItems.</summary>
public sealed class RequestTokenTests : IAsyncLifetime
{
    private static readonly TimeSpan Life = Limits.RequestTokenLife;
    private OpenedStore opened = null!;

    public async Task InitializeAsync()
    {
        opened = OpenedStore.Empty();
        await opened.Store.CreateTableAsync(OpenedStore.Definition("Things"));
    }

    public async Task DisposeAsync() => await opened.DisposeAsync();

    [Fact]
    public async Task A_token_used_again_after_its_time_is_remembered_for_another_ten_minutes()
    {
        await AddAsync(opened, "again");
        opened.Time.Advance(Life);
        await AddAsync(opened, "again");
        Assert.Equal(2, await CountAsync(opened));

        // Every partition of the tokens sees new ones, and with each of them removes expired ones.
        await AddManyAsync(opened, "other", 40);
        await AddAsync(opened, "again");

        Assert.Equal(42, await CountAsync(opened));
    }

    [Fact]
    public async Task A_token_that_waits_behind_others_for_its_removal_is_remembered_when_used_again()
    {
        await AddManyAsync(opened, "early", 40);
        await AddAsync(opened, "again");
        opened.Time.Advance(Life);
        await AddAsync(opened, "again");
        await AddManyAsync(opened, "late", 100);
        await AddAsync(opened, "again");

        Assert.Equal(142, await CountAsync(opened));
    }

    [Fact]
    public async Task Expired_tokens_are_removed_by_later_ones()
    {
        await AddManyAsync(opened, "old", 100);
        opened.Time.Advance(Life);
        await AddManyAsync(opened, "new", 200);

        Assert.Equal(200, opened.State.System.Tokens.Count);
    }

    [Fact]
    public async Task Tokens_are_the_same_after_reopening()
    {
        await AddManyAsync(opened, "early", 40);
        opened.Time.Advance(Life / 2);
        await AddAsync(opened, "again");
        opened.Time.Advance(Life / 2);
        await AddManyAsync(opened, "late", 10);

        var reopened = opened.Reopen();

        Assert.Equal(StateText.Of(opened.State), StateText.Of(reopened.State));
        await AddAsync(reopened, "again");
        Assert.Equal(51, await CountAsync(reopened));
        opened.Time.Advance(Life);
        await AddManyAsync(reopened, "latest", 100);
        Assert.Equal(100, reopened.State.System.Tokens.Count);
    }

    [Fact]
    public async Task Of_two_transactions_with_one_token_at_once_one_is_done()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => AddAsync(opened, "same"))));

        Assert.Equal(1, await CountAsync(opened));
    }

    [Fact]
    public async Task A_transaction_done_before_answers_once_the_first_is_durable()
    {
        opened.Log.Hold();
        var first = AddAsync(opened, "same");
        var second = AddAsync(opened, "same");
        Assert.False(second.IsCompleted);
        opened.Log.Release();
        await Task.WhenAll(first, second);
    }

    /// <summary>"ClientRequestToken: Minimum length of 1. Maximum length of 36." API Reference, TransactWriteItems.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(37)]
    [InlineData(70_000)]
    public async Task A_token_has_1_to_36_characters(int length)
    {
        var error = await Assert.ThrowsAsync<DynamoDbException>(() => AddAsync(opened, new string('t', length)));
        Assert.Equal("ValidationException", error.ErrorType);
        await AddAsync(opened, new string('t', 36));
        Assert.Null(opened.Store.WritesStoppedBecause);
    }

    private static async Task AddManyAsync(OpenedStore to, string prefix, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await AddAsync(to, $"{prefix}-{i}");
        }
    }

    private static async Task AddAsync(OpenedStore to, string token)
    {
        var outcome = await to.Store.TransactWriteAsync(
            [
                TransactAction.Update(
                    "Things", OpenedStore.Key("p", "s"), "ADD N :one", new WriteOptions { Values = Item.Of((":one", 1)) }),
            ],
            token);
        Assert.True(outcome.Accepted);
    }

    private static async Task<long> CountAsync(OpenedStore of) =>
        (await of.Store.GetAsync("Things", OpenedStore.Key("p", "s")))!["N"].AsInt64();
}
