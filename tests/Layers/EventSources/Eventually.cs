using Xunit;

namespace Storage.Layers.Tests.EventSources;

/// <summary>Waits for conditions; a test that hangs fails and says what it saw.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    internal static Task TrueAsync(Func<bool> condition, Func<string> seen) =>
        TrueAsync(() => ValueTask.FromResult(condition()), seen);

    internal static async Task TrueAsync(Func<ValueTask<bool>> condition, Func<string> seen)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (!await condition())
        {
            Assert.False(guard.IsCancellationRequested, seen());
            await Task.Delay(1);
        }
    }
}
