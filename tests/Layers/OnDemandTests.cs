using Storage.Server;
using Xunit;

namespace Storage.Layers.Tests;

/// <summary>Layers begin when they are first needed: once, again after a failure, and never behind the server's end.</summary>
public sealed class OnDemandTests
{
    [Fact]
    public async Task Work_that_failed_is_tried_again_and_work_that_was_done_is_not()
    {
        var runs = 0;
        using var begun = new OnDemand(_ => ++runs == 1 ? Task.FromException(new IOException("The disk is full.")) : Task.CompletedTask);
        await Assert.ThrowsAsync<IOException>(async () => await begun.DoneAsync());
        await begun.DoneAsync();
        await begun.DoneAsync();
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task Closing_ends_the_run_under_way_and_waits_for_it()
    {
        var ended = false;
        using var begun = new OnDemand(async closing =>
        {
            try
            {
                await Task.Delay(Timeout.Infinite, closing);
            }
            finally
            {
                ended = true;
            }
        });
        var waiting = begun.DoneAsync().AsTask();
        Assert.True(await begun.CloseAsync());
        Assert.True(ended || waiting.IsCanceled);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await begun.DoneAsync());
    }

    [Fact]
    public async Task What_was_never_begun_is_not_begun_behind_the_closing()
    {
        using var begun = new OnDemand(_ => throw new InvalidOperationException("It ran."));
        Assert.False(await begun.CloseAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await begun.DoneAsync());
    }
}
