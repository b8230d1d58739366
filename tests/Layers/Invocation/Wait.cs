namespace Storage.Layers.Tests.Invocation;

/// <summary>Waits for what will come true by itself.</summary>
internal static class Wait
{
    /// <summary>Ends a test that would hang; no test's result depends on it.</summary>
    internal static readonly TimeSpan HangGuard = TimeSpan.FromSeconds(60);

    internal static Task UntilAsync(Func<bool> holds) => UntilAsync(() => Task.FromResult(holds()));

    internal static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var guard = new CancellationTokenSource(HangGuard);
        while (!await holds())
        {
            await Task.Delay(1, guard.Token);
        }
    }
}
