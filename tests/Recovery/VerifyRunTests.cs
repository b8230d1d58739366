using System.Buffers.Binary;
using Storage.Engine;
using Storage.Engine.Model;
using Storage.Engine.Partitions;
using Storage.Engine.Recovery;
using Storage.Tests.Files;
using Xunit;
using static Storage.Tests.Recovery.VerifyFixture;

namespace Storage.Tests.Recovery;

/// <summary>verify reads every block of every file, names what is damaged, and proves that runs and log fold to one state.</summary>
public sealed class VerifyRunTests
{
    [Fact]
    public async Task A_store_with_runs_history_and_a_tail_is_clean_and_says_what_it_holds()
    {
        var files = await CheckpointedAsync();
        var report = await VerifyAsync(files);
        Assert.Empty(report.Findings);
        Assert.Equal((3, true), (report.RunCount, report.HistoryCount > 0));
        Assert.Equal(files.List().Where(name => name.EndsWith(".run", StringComparison.Ordinal)).Sum(name => files[name].LengthBytes), report.RunBytes);
        await using var store = await FileStore.OpenAsync(files.Copy());
        foreach (var table in report.Tables)
        {
            Assert.Equal(store.Store.Database.Catalog.Find(table.Name)!.ItemCount, table.ItemCount);
            Assert.Equal(store.Store.Database.Catalog.Find(table.Name)!.SizeBytes, table.SizeBytes);
        }
    }

    [Fact]
    public async Task Checkpoints_and_merges_leave_the_fold_as_it_was()
    {
        var files = await CheckpointedAsync();
        var before = await VerifyAsync(files);
        await using (var store = await FileStore.OpenAsync(files))
        {
            await store.Checkpointer.CheckpointAsync(default);
        }

        var checkpointed = await VerifyAsync(files);
        await using (var store = await FileStore.OpenAsync(files))
        {
            await store.Checkpointer.MergeAsync(default);
            Assert.True(store.Manifest.Runs.Count < checkpointed.RunCount);
        }

        var merged = await VerifyAsync(files);
        Assert.Equal(before.FoldHash, checkpointed.FoldHash);
        Assert.Equal(before.FoldHash, merged.FoldHash);
        Assert.Equal(before.Tables, merged.Tables);
        Assert.Empty(merged.Findings);
    }

    [Fact]
    public async Task Verifying_runs_changes_no_byte()
    {
        var files = await CheckpointedAsync();
        var before = files.List().ToDictionary(name => name, name => files[name].Bytes);
        await VerifyAsync(files);
        Assert.Equal(before.Keys, files.List());
        Assert.All(before, file => Assert.Equal(file.Value, files[file.Key].Bytes));
    }

    [Fact]
    public async Task A_flipped_bit_anywhere_in_a_run_a_history_file_or_the_manifest_is_found_and_named()
    {
        var files = await CheckpointedAsync();
        foreach (var name in files.List().Where(name => name == ManifestFile.Name || RunWriter.TryParseName(name, out _, out _)))
        {
            var bits = files[name].LengthBytes * 8;
            for (var bit = 0L; bit < bits; bit += name == ManifestFile.Name ? 13 : 1 + (bits / 50))
            {
                var at = bit;
                var report = await VerifyAsync(Damaged(files, name, bytes => bytes[at / 8] ^= (byte)(1 << (int)(at % 8))));
                Assert.Contains(report.Findings, finding => finding.Kind == FindingKind.Damage && finding.File == name);
                Assert.Null(report.FoldHash);
            }
        }
    }

    [Fact]
    public async Task All_damaged_blocks_are_named_with_the_table_and_the_keys_around_them()
    {
        var files = await CheckpointedAsync();
        var names = files.List().Where(name => name.EndsWith(".run", StringComparison.Ordinal)).ToList();
        var damaged = Damaged(files, names[0], bytes => bytes[bytes.Length / 3] ^= 1);
        damaged = Damaged(damaged, names[2], bytes =>
        {
            bytes[bytes.Length / 4] ^= 1;
            bytes[bytes.Length / 2] ^= 1;
        });
        var report = await VerifyAsync(damaged);
        Assert.Equal(1, report.Findings.Count(finding => finding.File == names[0]));
        Assert.Equal(2, report.Findings.Count(finding => finding.File == names[2]));
        Assert.All(report.Findings.Where(finding => finding.File is not null), finding =>
            Assert.Matches("cannot be read; here keys behind .* and before .*(of table (Things|More)|definition)", finding.Text));
    }

    [Fact]
    public async Task A_damaged_block_of_a_history_file_is_named_with_the_records_around_it()
    {
        var files = await CheckpointedAsync();
        var name = files.List().First(name => name.EndsWith(".history", StringComparison.Ordinal));
        var report = await VerifyAsync(Damaged(files, name, bytes => bytes[bytes.Length / 2] ^= 1));
        Assert.Contains(report.Findings, finding => finding.File == name
            && finding.Text.Contains("here past changes behind record ", StringComparison.Ordinal)
            && finding.Text.Contains(" of table Things and before record ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_or_manifest_that_the_device_does_not_give_is_named()
    {
        var files = await CheckpointedAsync();
        foreach (var name in files.List().Where(name => name == ManifestFile.Name || RunWriter.TryParseName(name, out _, out _)))
        {
            var failing = files.Copy();
            failing.Before = (operation, file) =>
            {
                if (operation == FileOperation.Read && file == name)
                {
                    throw new IOException("Input/output error");
                }
            };
            var report = await VerifyAsync(failing);
            Assert.Contains(report.Findings, finding => finding.File == name && finding.Kind == FindingKind.Damage);
        }
    }

    [Fact]
    public async Task A_missing_run_and_a_run_of_another_time_are_named()
    {
        var files = await CheckpointedAsync();
        var names = files.List().Where(name => name.EndsWith(".run", StringComparison.Ordinal)).ToList();
        var damaged = files.Copy();
        damaged.Delete(names[1]);
        Assert.Contains((await VerifyAsync(damaged)).Findings, finding => finding.File == names[1] && finding.Text.Contains("missing", StringComparison.Ordinal));

        damaged = files.Copy();
        damaged.Rename(names[0], names[2]);
        var report = await VerifyAsync(damaged);
        Assert.Contains(report.Findings, finding => finding.File == names[2] && finding.Kind == FindingKind.Damage);
    }

    [Fact]
    public async Task A_lost_manifest_is_damage_and_a_file_that_it_does_not_name_is_a_note()
    {
        var files = await CheckpointedAsync();
        var damaged = files.Copy();
        damaged.Delete(ManifestFile.Name);
        Assert.Contains((await VerifyAsync(damaged)).Findings, finding => finding is { File: ManifestFile.Name, Kind: FindingKind.Damage });

        var more = files.Copy();
        more.Open("00000099.run", create: true).Write(0, files["00000001.run"].Bytes);
        more.Open("notes.txt", create: true).Write(0, "x"u8);
        var report = await VerifyAsync(more);
        Assert.True(report.IsClean);
        Assert.Equal(["00000099.run", "notes.txt"], report.Findings.Select(finding => finding.File));
    }

    [Fact]
    public async Task Damage_of_the_log_before_the_checkpoint_is_found_too()
    {
        var files = await CheckpointedAsync();
        var name = files.List().First(candidate => candidate.EndsWith(".log", StringComparison.Ordinal));
        var position = ManifestFile.Read(files)!.Position;
        var record = VerifyLogTests.Records(files, name).First(at => at - 4096 > 100);
        Assert.True(record < 4096 + (position.Address & ((1 << 14) - 1)));
        var report = await VerifyAsync(Damaged(files, name, bytes => bytes[record + 66] ^= 8));
        Assert.Contains(report.Findings, finding => finding.File == name && finding.Kind == FindingKind.Damage);
    }

    [Fact]
    public async Task An_index_that_does_not_agree_with_its_table_is_named_entry_by_entry()
    {
        var files = await CheckpointedAsync();
        var index = 0u;
        await using (var store = await FileStore.OpenAsync(files))
        {
            index = store.Store.Database.Catalog.Find("Things")!.Indexes[0].Stored.Id;
            await store.Checkpointer.CheckpointAsync(default);
            await store.Checkpointer.MergeAsync(default);
        }

        // One entry dropped, one changed, one that nobody asks for.
        var seen = 0;
        RewriteRuns(files, (key, value, add) =>
        {
            if (BinaryPrimitives.ReadUInt32BigEndian(key) != index || value.Length == 0)
            {
                add(key, value);
                return;
            }

            seen++;
            if (seen == 3)
            {
                return;
            }

            add(key, value);
            if (seen == 5)
            {
                var other = key.ToArray();
                other[^2]++;
                add(other, value);
            }
        });
        Assert.True(seen > 5);
        var report = await VerifyAsync(files);
        Assert.Contains(report.Findings, finding => finding.Text.StartsWith("Index ByG of table Things: the entry G \"g", StringComparison.Ordinal)
            && finding.Text.EndsWith(" is missing.", StringComparison.Ordinal));
        Assert.Contains(report.Findings, finding => finding.Text.EndsWith(" has no item that asks for it.", StringComparison.Ordinal));
        Assert.All(report.Findings, finding => Assert.Equal(FindingKind.Damage, finding.Kind));
    }

    [Fact]
    public async Task Statistics_count_what_runs_and_log_hold()
    {
        var files = await CheckpointedAsync();
        var statistics = Statistics.Read(files);
        var report = await VerifyAsync(files);
        Assert.Equal(report.Tables.Select(table => (table.Name, table.ItemCount, table.SizeBytes)), statistics.Tables.Select(table => (table.Name, table.ItemCount, table.SizeBytes)));
        Assert.Equal((0, 3, report.RunBytes), (statistics.RunLevels[0].Level, statistics.RunLevels[0].RunCount, statistics.RunLevels[0].Bytes));
        Assert.Equal((report.SegmentCount, report.LogBytes, report.LastLsn), (statistics.SegmentCount, statistics.LogBytes, statistics.LastLsn));
        var things = statistics.Tables.Single(table => table.Name == "Things");
        Assert.True(things.RunRemovalCount > 0 && things.RunEntryCount > things.RunRemovalCount && things.RunBytes > 0);
        Assert.Equal("ByG", Assert.Single(things.Indexes).Name);
        Assert.True(statistics.MemoryBytes > 0);

        await using var store = await FileStore.OpenAsync(files);
        var live = await store.Store.GetStatisticsAsync();
        Assert.Equal(statistics.Tables.Select(table => table with { Indexes = [] }), live.Tables.Select(table => table with { Indexes = [] }));
        Assert.Equal(statistics.RunLevels, live.RunLevels);
        Assert.Equal((statistics.CheckpointLsn, statistics.HistoryBytes), (live.CheckpointLsn, live.HistoryBytes));
    }

    [Fact]
    public async Task A_store_in_memory_has_statistics_too()
    {
        await using var store = await Engine.Store.OpenAsync(new StoreOptions());
        await store.CreateTableAsync(FileStore.Definition("Things"));
        await store.PutAsync("Things", FileStore.ItemOf(1));
        var statistics = await store.GetStatisticsAsync();
        Assert.Equal(1, Assert.Single(statistics.Tables).ItemCount);
        Assert.Equal((0L, 2L), (statistics.LogBytes, statistics.LastLsn));
    }

    internal delegate void AddEntry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    internal delegate void Rewrite(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, AddEntry add);

    /// <summary>Writes a store's only run anew, as a fault of the program itself would have written it.</summary>
    internal static void RewriteRuns(MemoryFiles files, Rewrite rewrite)
    {
        var manifest = ManifestFile.Read(files)!;
        var run = Assert.Single(manifest.Runs);
        using var writer = new RunWriter(files, RunKind.State, manifest.Store, manifest.NextFileNumber, run.Level, run.FirstLsn, run.LastLsn, FileStore.Small.Layout);
        RunCheck.Run(files, RunKind.State, manifest.Store, run, _ => { }, (key, value) => rewrite(key, value, writer.Add));
        var written = writer.Finish(run.LastTimeMicros);
        files.Delete(RunWriter.NameOf(RunKind.State, run.Number));
        ManifestFile.Replace(files, manifest with { Runs = [written], NextFileNumber = manifest.NextFileNumber + 1 });
    }
}
