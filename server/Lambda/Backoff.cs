namespace Storage.Server.Lambda;

/// <summary>Waits that double from one failure to the next.</summary>
internal static class Backoff
{
    private const int DoublingsMax = 30;

    /// <summary>The wait after so many failures before: the first doubled each time, up to the last.</summary>
    internal static TimeSpan After(int failuresBefore, TimeSpan min, TimeSpan max)
    {
        var wait = min * Math.Pow(2, Math.Min(failuresBefore, DoublingsMax));
        return wait < max ? wait : max;
    }
}
