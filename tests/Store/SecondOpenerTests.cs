using System.Globalization;
using Storage.Tests.Server;
using Xunit;

namespace Storage.Tests.Store;

/// <summary>"A second opener is refused, naming the holder."</summary>
public sealed class SecondOpenerTests
{
    [Fact]
    public async Task A_store_that_is_open_is_refused_to_a_second_opener_and_free_when_closed()
    {
        using var scratch = new ScratchDirectory();
        await using (await Engine.Store.OpenAsync(scratch.Path))
        {
            var refusal = await Assert.ThrowsAsync<IOException>(async () => await Engine.Store.OpenAsync(scratch.Path));
            Assert.Contains(
                "is open in process " + Environment.ProcessId.ToString(CultureInfo.InvariantCulture), refusal.Message, StringComparison.Ordinal);
        }

        await using var again = await Engine.Store.OpenAsync(scratch.Path);
        Assert.Null(again.WritesStoppedBecause);
    }

    [Fact]
    public async Task A_store_that_is_closed_twice_at_once_is_closed_when_either_says_so()
    {
        using var scratch = new ScratchDirectory();
        var store = await Engine.Store.OpenAsync(scratch.Path);
        await Task.WhenAll(Task.Run(() => store.DisposeAsync().AsTask()), Task.Run(() => store.DisposeAsync().AsTask()));
        await using var again = await Engine.Store.OpenAsync(scratch.Path);
        await store.DisposeAsync(); // and takes nothing from whoever has it now
        Assert.Null(again.WritesStoppedBecause);
    }
}
