using System.Collections.Immutable;
using Storage.Faults.Corruption;
using Xunit;
using Xunit.Abstractions;

namespace Storage.Tests.Crash;

/// <summary>
/// One thing happens to one file of a stopped store: it is refused by name, or it changes nothing of what is served.
/// docs/RELIABILITY.md.
/// </summary>
public sealed class CorruptionTests(ITestOutputHelper output)
{
    private const int Faults = 20_000;

    [Fact]
    public async Task Twenty_thousand_single_faults_are_reported_by_name_or_change_nothing()
    {
        var campaign = new CorruptionCampaign(Path.Combine(AppContext.BaseDirectory, "corruption"));
        await campaign.RunAsync(0, Faults);
        output.WriteLine(campaign.Counts.ToString());
        Assert.True(campaign.Violations.Count == 0, string.Join('\n', campaign.Violations));
        Assert.Equal(Faults, campaign.Counts.Total);
        Assert.True(campaign.Counts is { } counts && counts[Outcome.ReadsFailed] > 0 && counts[Outcome.LastGroupCut] > 0);
        Assert.All(Enum.GetValues<FaultKind>(), kind => Assert.True(campaign.Counts[kind, Outcome.Refused] > 0, kind.ToString()));
    }

    /// <summary>Without its only segment a store that never made a checkpoint looks like one that was never used, but for its manifest.</summary>
    [Fact]
    public async Task A_store_whose_only_segment_is_gone_is_refused_and_not_begun_anew()
    {
        var files = new ImageFiles(ImmutableSortedDictionary<string, byte[]>.Empty);
        await using (var store = await SmallStore.OpenAsync(files, TimeProvider.System))
        {
            await Workload.CreateTablesAsync(store);
        }

        Assert.Single(files.List(), name => name.EndsWith(".log", StringComparison.Ordinal));
        var damaged = files.Snapshot().Remove("00000000.log");
        var opened = new ImageFiles(damaged);
        var refusal = await Assert.ThrowsAsync<InvalidDataException>(() => SmallStore.OpenAsync(opened, TimeProvider.System));
        Assert.Contains("There is no segment of the log (00000000.log", refusal.Message, StringComparison.Ordinal);
        Assert.True(opened.Are(damaged));
    }

    /// <summary>
    /// The rig itself: an older copy of the log's last segment is whole, and with the other witness gone too nothing can
    /// contradict it. Two faults are more than what is promised, and the rig must see what they do.
    /// </summary>
    [Fact]
    public async Task What_two_faults_do_together_is_served_and_the_rig_calls_it_a_violation()
    {
        var rig = await CorruptionRig.BuildAsync(0);
        var (image, older) = rig.Images
            .Where(image => image.Stop == Stop.Clean)
            .SelectMany(image => image.Older, (image, files) => (Image: image, Older: files))
            .Last(pair => pair.Older.ContainsKey(LastSegment(pair.Image)));
        var last = LastSegment(image);
        var stale = image.Files.SetItem(last, older[last]);

        var alone = await rig.TryAsync(image, new Fault(FaultKind.Older, "stale", [last], stale), 0);
        Assert.Equal(Outcome.Refused, alone.Outcome);
        var together = await rig.TryAsync(image, new Fault(FaultKind.Older, "stale", [last], stale.Remove("DURABLE")), 0);
        Assert.Equal(Outcome.Violation, together.Outcome);
    }

    private static string LastSegment(StoreImage image) =>
        image.Files.Keys.Last(name => name.EndsWith(".log", StringComparison.Ordinal));
}
