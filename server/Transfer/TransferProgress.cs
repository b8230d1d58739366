using System.Globalization;
using Spectre.Console;

namespace Storage.Server.Transfer;

/// <summary>
/// How far a transfer is: a bar on a terminal, else a line every few seconds. Counted by many threads, shown by one.
/// </summary>
internal sealed class TransferProgress(string verb, TextWriter output, bool isTerminal, TimeProvider time)
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan BarInterval = TimeSpan.FromMilliseconds(200);

    private readonly long started = time.GetTimestamp();
    private long items;
    private double fraction = double.NaN;

    /// <summary>Items done.</summary>
    internal long Items => Interlocked.Read(ref items);

    /// <summary>Adds items that are done.</summary>
    internal void Add(long count) => Interlocked.Add(ref items, count);

    /// <summary>Says how much of the whole is read, 0 to 1; never said when the whole is not known.</summary>
    internal void ReachedFraction(double done) => Volatile.Write(ref fraction, done);

    /// <summary>Runs the work and shows how far it is until it ends.</summary>
    internal async Task ShowAsync(Func<Task> work)
    {
        if (isTerminal)
        {
            await AnsiConsole.Progress()
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
                .StartAsync(async context =>
                {
                    var bar = context.AddTask(Line());
                    await ShowUntilEndAsync(work(), BarInterval, () => Show(bar));
                    Show(bar);
                });
        }
        else
        {
            await ShowUntilEndAsync(work(), LineInterval, () => output.WriteLine(Line()));
        }
    }

    /// <summary>The closing line.</summary>
    internal string Summary(string what)
    {
        var elapsed = time.GetElapsedTime(started);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{verb} {Items:N0} items {what} in {elapsed.TotalSeconds:N1} s ({Rate(elapsed):N0} items/s).");
    }

    private async Task ShowUntilEndAsync(Task work, TimeSpan interval, Action show)
    {
        using var timer = new PeriodicTimer(interval, time);
        while (true)
        {
            var tick = timer.WaitForNextTickAsync().AsTask();
            if (await Task.WhenAny(work, tick) == work)
            {
                break;
            }

            show();
        }

        await work;
    }

    private void Show(ProgressTask bar)
    {
        bar.Description = Line();
        var done = Volatile.Read(ref fraction);
        bar.IsIndeterminate = double.IsNaN(done);
        bar.Value = double.IsNaN(done) ? 0 : done * bar.MaxValue;
    }

    private string Line()
    {
        var done = Volatile.Read(ref fraction);
        var percent = double.IsNaN(done) ? string.Empty : string.Create(CultureInfo.InvariantCulture, $", {done * 100:N0} %");
        return string.Create(
            CultureInfo.InvariantCulture, $"{verb} {Items:N0} items, {Rate(time.GetElapsedTime(started)):N0} items/s{percent}");
    }

    private double Rate(TimeSpan elapsed) => Items / Math.Max(elapsed.TotalSeconds, 0.001);
}
