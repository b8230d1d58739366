using Storage.Engine;
using Xunit;

namespace Storage.Tests.Tables;

/// <summary>"Sorted memory is bounded, and a writer waits for room before it takes a lock."</summary>
public sealed class FullMemoryTests
{
    private const string Name = "TableT";

    [Fact]
    public async Task Writers_wait_while_memory_is_full_and_reads_go_on()
    {
        await using var small = new CheckpointedStore(bytesMax: 64 * 1024);
        await small.Store.CreateTableAsync(OpenedStore.Definition(Name));
        var number = 0;
        while (small.Budget.HasRoom)
        {
            await small.Store.PutAsync(Name, ItemOf(number, number++));
        }

        var put = small.Store.PutAsync(Name, ItemOf(number, number)).AsTask();
        var batch = small.Store.BatchWriteAsync([TransactAction.Put(Name, ItemOf(number + 1, 1))]).AsTask();
        var transaction = small.Store.TransactWriteAsync([TransactAction.Put(Name, ItemOf(number + 2, 1))]).AsTask();
        Assert.NotNull(await small.Store.GetAsync(Name, Key(0)));
        Assert.DoesNotContain(new Task[] { put, batch, transaction }, task => task.IsCompleted);

        small.Checkpoint();

        await Task.WhenAll(put, batch, transaction);
        Assert.Equal(number + 3, small.Opened.Table(Name).ItemCount);
    }

    [Fact]
    public async Task Writers_are_told_why_when_memory_is_full_and_cannot_be_written_out()
    {
        await using var small = new CheckpointedStore(bytesMax: 64 * 1024);
        await small.Store.CreateTableAsync(OpenedStore.Definition(Name));
        for (var i = 0; small.Budget.HasRoom; i++)
        {
            await small.Store.PutAsync(Name, ItemOf(i, i));
        }

        small.Budget.Refuse(new IOException("No space left on device."));

        var refused = await Assert.ThrowsAsync<IOException>(() => small.Store.PutAsync(Name, ItemOf(0, 1)).AsTask());
        Assert.Contains("No space left", refused.Message, StringComparison.Ordinal);
        Assert.NotNull(await small.Store.GetAsync(Name, Key(0)));
        small.Budget.Refuse(null);
        small.Checkpoint();
        await small.Store.PutAsync(Name, ItemOf(0, 1));
    }

    [Fact]
    public async Task Nobody_waits_for_memory_once_writes_have_stopped()
    {
        await using var small = new CheckpointedStore(bytesMax: 64 * 1024);
        await small.Store.CreateTableAsync(OpenedStore.Definition(Name));
        for (var i = 0; small.Budget.HasRoom; i++)
        {
            await small.Store.PutAsync(Name, ItemOf(i, i));
        }

        small.Opened.Log.Fail(new IOException("The disk is gone."));

        await Assert.ThrowsAnyAsync<IOException>(() => small.Store.PutAsync(Name, ItemOf(0, 1)).AsTask());
    }

    private static Item Key(int number) => OpenedStore.Key("p", $"{number:D5}");

    private static Item ItemOf(int number, int value) =>
        Item.Of(("P", "p"), ("S", $"{number:D5}"), ("N", value), ("T", new string('t', 40)));
}
