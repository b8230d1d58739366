using Storage.Engine.Model;
using Storage.Engine.Recovery;
using Storage.Tests.Files;
using Xunit;
using static Storage.Tests.Recovery.VerifyFixture;

namespace Storage.Tests.Recovery;

/// <summary>repair gets back what runs, manifest and log can still give, and lists what they cannot.</summary>
public sealed class RepairRunTests
{
    [Fact]
    public async Task A_store_with_runs_is_copied_whole()
    {
        var files = await CheckpointedAsync();
        var (repaired, _, findings) = await RepairAsync(files);
        Assert.Empty(findings);
        await RequireSameTablesAsync(files, repaired);
    }

    [Fact]
    public async Task A_lost_manifest_costs_nothing()
    {
        var files = await CheckpointedAsync();
        var lost = files.Copy();
        lost.Delete(ManifestFile.Name);
        var (repaired, _, findings) = await RepairAsync(lost);
        Assert.Equal(ManifestFile.Name, Assert.Single(findings).File);
        await RequireSameTablesAsync(files, repaired);

        (repaired, _, findings) = await RepairAsync(Damaged(files, ManifestFile.Name, bytes => bytes[40] ^= 1));
        Assert.DoesNotContain(findings, finding => finding.Kind == FindingKind.Loss);
        await RequireSameTablesAsync(files, repaired);
    }

    [Fact]
    public async Task Runs_that_a_merge_has_taken_in_are_not_taken_again_when_the_manifest_is_lost()
    {
        var files = await CheckpointedAsync();
        var before = files.Copy();
        await using (var store = await FileStore.OpenAsync(files))
        {
            await store.Checkpointer.MergeAsync(default);
        }

        var mixed = files.Copy();
        foreach (var name in before.List().Where(name => name.EndsWith(".run", StringComparison.Ordinal)))
        {
            mixed.Open(name, create: true).Write(0, before[name].Bytes);
        }

        mixed.Delete(ManifestFile.Name);
        var (repaired, _, _) = await RepairAsync(mixed);
        await RequireSameTablesAsync(files, repaired);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_damaged_block_costs_only_keys_of_the_range_that_is_listed(int position)
    {
        var files = await CheckpointedAsync();
        var name = files.List().Where(candidate => candidate.EndsWith(".run", StringComparison.Ordinal)).ElementAt(position);
        var damaged = Damaged(files, name, bytes => bytes[bytes.Length / 2] ^= 1);
        var (repaired, _, findings) = await RepairAsync(damaged);
        var loss = Assert.Single(findings, finding => finding.Kind == FindingKind.Loss && finding.File == name);
        Assert.Matches(@"^up to \d+ entries as of records \d+ to \d+, of keys behind .* and before .*: such a key may be missing", loss.Text);
        var most = int.Parse(loss.Text.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture);
        var expected = await ItemsAsync(files);
        var actual = await ItemsAsync(repaired);
        var wrong = expected.Except(actual).Count() + actual.Except(expected).Count();
        Assert.InRange(wrong, 0, 2 * most);
    }

    [Fact]
    public async Task A_missing_run_is_listed_and_the_others_are_taken()
    {
        var files = await CheckpointedAsync();
        var name = files.List().Where(candidate => candidate.EndsWith(".run", StringComparison.Ordinal)).ElementAt(1);
        var damaged = files.Copy();
        damaged.Delete(name);
        var (repaired, result, findings) = await RepairAsync(damaged);
        Assert.Contains(findings, finding => finding.Kind == FindingKind.Loss && finding.File == name
            && finding.Text.Contains(" entries as of records ", StringComparison.Ordinal) && finding.Text.Contains("of any key", StringComparison.Ordinal));
        Assert.True(result.EntryCount > 0);
        Assert.NotEmpty(await ItemsAsync(repaired));
    }

    [Fact]
    public async Task A_damaged_tail_costs_what_the_log_alone_held()
    {
        var files = await CheckpointedAsync();
        var last = files.List().Last(name => name.EndsWith(".log", StringComparison.Ordinal));
        var records = VerifyLogTests.Records(files, last);
        var (repaired, result, findings) = await RepairAsync(Damaged(files, last, bytes => bytes[records[5] + 70] ^= 1));
        Assert.Contains(findings, finding => finding.Kind == FindingKind.Loss && finding.File == last && finding.Text.StartsWith("record ", StringComparison.Ordinal));
        Assert.True(result.AppliedCount > 0);
        Assert.NotEmpty(await ItemsAsync(repaired));
    }

    [Fact]
    public async Task A_log_that_is_gone_leaves_the_checkpoint()
    {
        var files = await CheckpointedAsync();
        var damaged = files.Copy();
        foreach (var name in files.List().Where(name => name.EndsWith(".log", StringComparison.Ordinal)))
        {
            damaged.Delete(name);
        }

        var (repaired, result, findings) = await RepairAsync(damaged);
        Assert.Contains(findings, finding => finding.Kind == FindingKind.Loss && finding.Text.StartsWith("all records of the log behind record ", StringComparison.Ordinal));
        Assert.Equal(0, result.AppliedCount);
        Assert.NotEmpty(await ItemsAsync(repaired));
    }

    private static async Task<HashSet<string>> ItemsAsync(MemoryFiles files)
    {
        await using var store = await FileStore.OpenAsync(files.Copy());
        var items = new HashSet<string>(StringComparer.Ordinal);
        foreach (var table in await store.Store.ListTablesAsync())
        {
            await foreach (var item in store.Store.ScanAsync(table))
            {
                items.Add($"{table} {item}");
            }
        }

        return items;
    }
}
