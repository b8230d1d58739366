using Storage.Engine.Partitions;
using Xunit;

namespace Storage.Tests.Partitions;

/// <summary>Back-pressure: sorted memory is bounded, and a writer waits for room before it takes a lock.</summary>
public sealed class MemoryBudgetTests
{
    private readonly MemoryBudget budget = new(checkpointBytes: 100, bytesMax: 200);

    [Fact]
    public void A_checkpoint_is_wanted_once_each_time_that_memory_reaches_its_share()
    {
        var wanted = 0;
        budget.CheckpointWanted = () => wanted++;
        budget.Report(99);
        Assert.Equal(0, wanted);
        budget.Report(1);
        budget.Report(50);
        Assert.Equal(1, wanted);
        Assert.True(budget.WantsCheckpoint);
        budget.Report(-150);
        Assert.False(budget.WantsCheckpoint);
        budget.Report(300);
        Assert.Equal(2, wanted);
    }

    [Fact]
    public async Task Who_finds_memory_full_waits_until_it_is_given_back()
    {
        budget.Report(199);
        Assert.True(budget.WaitForRoomAsync(false, default).AsTask().IsCompletedSuccessfully);
        budget.Report(1);
        Assert.False(budget.HasRoom);
        using var impatient = new CancellationTokenSource();
        var first = budget.WaitForRoomAsync(false, default).AsTask();
        var second = budget.WaitForRoomAsync(false, impatient.Token).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.False(first.IsCompleted);

        budget.Report(-1);

        await first;
    }

    [Fact]
    public async Task Who_waits_while_checkpoints_fail_is_told_why_and_background_work_goes_on_waiting()
    {
        budget.Report(200);
        var writer = budget.WaitForRoomAsync(false, default).AsTask();
        var background = budget.WaitForRoomAsync(true, default).AsTask();

        budget.Refuse(new IOException("No space left on device."));

        Assert.Contains("No space left", (await Assert.ThrowsAsync<IOException>(() => writer)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(() => budget.WaitForRoomAsync(false, default).AsTask());
        Assert.False(background.IsCompleted);

        budget.Refuse(null);
        var later = budget.WaitForRoomAsync(false, default).AsTask();
        Assert.False(later.IsCompleted);
        budget.Report(-200);
        await Task.WhenAll(background, later);
    }

    [Fact]
    public void While_there_is_room_nobody_is_refused()
    {
        budget.Refuse(new IOException("No space left on device."));
        Assert.True(budget.WaitForRoomAsync(false, default).AsTask().IsCompletedSuccessfully);
    }
}
