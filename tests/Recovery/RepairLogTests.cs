using Storage.Engine.Model;
using Storage.Tests.Files;
using Xunit;
using static Storage.Tests.Recovery.VerifyFixture;
using OpenedStore = Storage.Tests.Tables.OpenedStore;

namespace Storage.Tests.Recovery;

/// <summary>repair gets back what can be read of a damaged log, in a new store that verifies clean, and lists the rest.</summary>
public sealed class RepairLogTests
{
    [Fact]
    public async Task A_store_without_damage_is_copied_whole()
    {
        var files = await StoreAsync();
        var (repaired, result, findings) = await RepairAsync(files);
        Assert.Empty(findings);
        Assert.Equal(0, result.LeftCount);
        await RequireSameTablesAsync(files, repaired);
        await using var before = await OpenAsync(files.Copy());
        await using var after = await OpenAsync(repaired);
        foreach (var table in before.Database.Catalog.All)
        {
            var restored = after.Database.Catalog.Find(table.Name)!.Stored;
            Assert.Equal(table.Stored.TableId, restored.TableId);
            Assert.Equal(table.Stored.CreatedMicros, restored.CreatedMicros);
            Assert.Equal(table.Stored.PartitionCount, restored.PartitionCount);
        }
    }

    [Fact]
    public async Task A_lost_record_costs_its_partition_the_changes_after_it_and_no_other_partition_anything()
    {
        var files = await StoreAsync();
        var records = VerifyLogTests.Records(files, First);
        var damaged = Damaged(files, First, bytes => bytes[records[40] + 64 + 30] ^= 1);
        var (repaired, result, findings) = await RepairAsync(damaged);

        Assert.Contains(findings, finding => finding is { Kind: FindingKind.Loss, File: First, Text: "record 41" } && finding.Offset == records[40] - 4);
        var changes = Assert.Single(findings, finding => finding.Kind == FindingKind.Loss && finding.Text.StartsWith("change ", StringComparison.Ordinal));
        Assert.Matches(@"^change \d+ of partition \d+ of table (Music|Other)$", changes.Text);
        Assert.True(result.LeftCount > 0);
        Assert.Equal(result.LeftCount, findings.Count(finding => finding.Text.Contains("builds on lost changes", StringComparison.Ordinal)));

        // Every partition is as it was at one moment: the same as in a store where its later changes never came.
        var partition = changes.Text.Split(" of ")[1];
        await using var original = await OpenAsync(files.Copy());
        await using var restored = await OpenAsync(repaired);
        foreach (var table in original.Database.Catalog.All)
        {
            var copy = restored.Database.Catalog.Find(table.Name)!;
            for (var i = 0; i < table.Partitions.Partitions.Length; i++)
            {
                var whole = table.Partitions.Partitions[i];
                if ($"partition {whole.Id}" != partition)
                {
                    Assert.Equal(whole.Count, copy.Partitions.Partitions[i].Count);
                    Assert.Equal(whole.SizeBytes, copy.Partitions.Partitions[i].SizeBytes);
                }
            }
        }
    }

    [Fact]
    public async Task Records_that_are_left_out_name_the_keys_that_they_changed()
    {
        var files = await StoreAsync(30);
        var records = VerifyLogTests.Records(files, First);
        var damaged = Damaged(files, First, bytes => bytes[records[2] + 64 + 30] ^= 1);
        var (_, _, findings) = await RepairAsync(damaged);
        Assert.Contains(findings, finding => finding.Kind == FindingKind.Loss
            && finding.Text.Contains("builds on lost changes: put P \"artist ", StringComparison.Ordinal)
            && finding.Text.EndsWith(" of table Music.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task All_whole_records_are_applied_when_that_is_asked_for()
    {
        var files = await StoreAsync();
        var records = VerifyLogTests.Records(files, First);
        var damaged = Damaged(files, First, bytes => bytes[records[40] + 64 + 30] ^= 1);
        var (repaired, result, _) = await RepairAsync(damaged, takesAll: true);
        Assert.Equal(0, result.LeftCount);
        var before = (await VerifyAsync(files)).Tables.Sum(table => table.ItemCount);
        var after = (await VerifyAsync(repaired)).Tables.Sum(table => table.ItemCount);
        Assert.InRange(after, before - 1, before + 1);
    }

    [Fact]
    public async Task A_lost_definition_costs_the_table_and_is_said()
    {
        var files = await StoreAsync(30);
        var records = VerifyLogTests.Records(files, First);
        var damaged = Damaged(files, First, bytes => bytes[records[1] + 64 + 30] ^= 1);
        var (repaired, _, findings) = await RepairAsync(damaged);
        Assert.Equal(["Music"], (await VerifyAsync(repaired)).Tables.Select(table => table.Name));
        Assert.Contains(findings, finding => finding.Text == "record 2");
        Assert.Contains(findings, finding => finding.Text.Contains("put an item of a table that nothing tells of, key ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_never_promised_is_cut_without_a_loss()
    {
        var files = await StoreAsync(20);
        var torn = Torn(files);
        var (repaired, _, findings) = await RepairAsync(torn);
        Assert.DoesNotContain(findings, finding => finding.Kind != FindingKind.Note);
        await RequireSameTablesAsync(torn, repaired);
    }

    [Fact]
    public async Task A_damaged_header_of_the_only_segment_costs_nothing()
    {
        var files = await StoreAsync(20);
        var (repaired, _, findings) = await RepairAsync(Damaged(files, First, bytes => bytes.AsSpan(20, 28).Fill(0x5A)));
        Assert.DoesNotContain(findings, finding => finding.Kind == FindingKind.Loss);
        await RequireSameTablesAsync(files, repaired);
    }

    [Fact]
    public async Task Streams_are_on_again_and_restored_items_are_no_news_in_them()
    {
        var files = new MemoryFiles();
        await using (var store = await OpenAsync(files))
        {
            await store.CreateTableAsync(OpenedStore.Definition("Music") with { Stream = StreamViewType.NewImage });
            await store.PutAsync("Music", Song(1, 1));
        }

        var (repaired, _, _) = await RepairAsync(files);
        await using var restored = await OpenAsync(repaired);
        Assert.Equal(StreamViewType.NewImage, restored.Database.Catalog.Find("Music")!.Definition.Stream);
        Assert.Equal(1, restored.Database.Catalog.Find("Music")!.ItemCount);
    }
}
