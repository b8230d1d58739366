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
        Assert.All(Enum.GetValues<FaultKind>(), kind => Assert.True(campaign.Counts[kind, Outcome.Refused] > 0, kind.ToString()));
    }
}
