using System.Diagnostics;
using System.Globalization;
using Storage.Faults.Corruption;

namespace Storage.Bench.Faults;

/// <summary>
/// Single-fault corruption by a range of seeds. A progress file remembers the next seed and all counts, so that a
/// campaign goes on where it was stopped.
/// </summary>
internal static class CorruptBench
{
    private const long SeedsDefault = 1_000_000;

    internal static async Task<int> RunAsync(Arguments arguments)
    {
        var (from, to) = Range(arguments.Text("--seeds"));
        var first = from;
        var campaign = new CorruptionCampaign(Path.Combine("artifacts", "corruption"), arguments.Number("--violations", 10, 100_000));
        var progressFile = arguments.Text("--resume");
        var secondsBefore = 0.0;
        if (progressFile is not null && File.Exists(progressFile))
        {
            (first, from, secondsBefore) = Load(progressFile, campaign.Counts, first, from);
        }

        var clock = Stopwatch.StartNew();
        await campaign.RunAsync(from, to, next =>
        {
            var seconds = secondsBefore + clock.Elapsed.TotalSeconds;
            if (progressFile is not null)
            {
                Save(progressFile, campaign.Counts, first, next, seconds);
            }

            Console.WriteLine(FormattableString.Invariant($"{clock.Elapsed:hh\\:mm\\:ss} up to {next:N0}: {campaign.Counts}"));
        });
        Print(campaign, first, to, secondsBefore + clock.Elapsed.TotalSeconds, arguments.Has("--save"));
        foreach (var violation in campaign.Violations)
        {
            Console.Error.WriteLine(violation);
        }

        return campaign.Violations.Count == 0 ? 0 : 1;
    }

    private static (long From, long To) Range(string? text)
    {
        if (text is null)
        {
            return (0, SeedsDefault);
        }

        return text.Split("..") is [var from, var to]
            && long.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && long.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            ? (first, last)
            : throw new InvalidOperationException($"--seeds is FROM..TO, not '{text}'.");
    }

    private static void Save(string file, CorruptionCounts counts, long first, long next, double seconds)
    {
        var lines = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"first {first}"),
            string.Create(CultureInfo.InvariantCulture, $"next {next}"),
            string.Create(CultureInfo.InvariantCulture, $"seconds {seconds:F0}"),
        };
        foreach (var kind in Enum.GetValues<FaultKind>())
        {
            lines.AddRange(Enum.GetValues<Outcome>().Select(
                outcome => string.Create(CultureInfo.InvariantCulture, $"{kind}/{outcome} {counts[kind, outcome]}")));
        }

        File.WriteAllLines(file + ".new", lines);
        File.Move(file + ".new", file, overwrite: true);
    }

    private static (long First, long Next, double Seconds) Load(string file, CorruptionCounts counts, long first, long next)
    {
        var seconds = 0.0;
        foreach (var line in File.ReadLines(file))
        {
            var (name, value) = line.Split(' ') is [var left, var right]
                ? (left, long.Parse(right, CultureInfo.InvariantCulture))
                : throw new InvalidOperationException($"{file} is not a progress file: {line}");
            switch (name.Split('/'))
            {
                case ["first"]:
                    first = value;
                    break;
                case ["next"]:
                    next = value;
                    break;
                case ["seconds"]:
                    seconds = value;
                    break;
                case [var kind, var outcome]:
                    counts[Enum.Parse<FaultKind>(kind), Enum.Parse<Outcome>(outcome)] = value;
                    break;
            }
        }

        return (first, next, seconds);
    }

    private static void Print(CorruptionCampaign campaign, long first, long to, double seconds, bool save)
    {
        var outcomes = Enum.GetValues<Outcome>();
        var report = new Report(
            "single-fault corruption", Path.GetTempPath(), ["Fault", .. outcomes.Select(outcome => outcome.ToString())]);
        foreach (var kind in Enum.GetValues<FaultKind>())
        {
            report.Row([kind.ToString(), .. outcomes.Select(outcome => Text(campaign.Counts[kind, outcome]))]);
        }

        report.Row(["all", .. outcomes.Select(outcome => Text(campaign.Counts[outcome]))]);
        report.Line(FormattableString.Invariant(
            $"Seeds {first} to {to - 1}, {campaign.Counts.Total:N0} faults in {seconds:N0} s, {campaign.Violations.Count} violations in this run."));
        report.Finish("corruption", save);
    }

    private static string Text(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
