using Storage.Engine;
using Storage.Engine.Model;
using Storage.Tests.Files;
using Xunit;
using static Storage.Tests.Recovery.VerifyFixture;

namespace Storage.Tests.Recovery;

/// <summary>verify names all damage of a log by file, offset and record, and changes nothing.</summary>
public sealed class VerifyLogTests
{
    [Fact]
    public async Task A_closed_store_is_clean_and_says_what_it_holds()
    {
        var files = await StoreAsync();
        var report = await VerifyAsync(files);
        Assert.Empty(report.Findings);
        Assert.True(report.IsClean);
        Assert.Equal(32, report.FoldHash!.Length);
        await using var store = await OpenAsync(files.Copy());
        foreach (var table in report.Tables)
        {
            Assert.Equal(store.Database.Catalog.Find(table.Name)!.ItemCount, table.ItemCount);
            Assert.Equal(store.Database.Catalog.Find(table.Name)!.SizeBytes, table.SizeBytes);
        }

        Assert.Equal(["Music", "Other"], report.Tables.Select(table => table.Name));
        Assert.Equal(report.LastLsn, report.RecordCount);
    }

    [Fact]
    public async Task Verifying_opens_nothing_for_writing_and_changes_no_byte()
    {
        var files = await StoreAsync();
        var before = files.List().ToDictionary(name => name, name => files[name].Bytes);
        var changes = Changes(files);
        await VerifyAsync(files);
        await VerifyAsync(Damaged(files, First, bytes => bytes[6000] ^= 4));
        Assert.Equal(changes, Changes(files));
        Assert.Equal(before.Keys, files.List());
        Assert.All(before, file => Assert.Equal(file.Value, files[file.Key].Bytes));
    }

    [Fact]
    public async Task Every_damaged_record_is_named_not_only_the_first()
    {
        var files = await StoreAsync();
        var records = Records(files, First);
        var damaged = Damaged(files, First, bytes =>
        {
            bytes[records[3] + 64 + 20] ^= 1;
            bytes[records[9] + 64 + 20] ^= 1;
            bytes[records[10] + 10] ^= 1;
        });
        var report = await VerifyAsync(damaged);
        Assert.False(report.IsClean);
        Assert.Null(report.FoldHash);
        Assert.Equal(2, report.DamageCount);
        Assert.Equal(3, report.LastLsn);
        Assert.Equal((First, (long)records[3] - 4), (report.Findings[0].File, report.Findings[0].Offset));
        Assert.StartsWith("Record 4 should be here, but its payload does not match its checksum.", report.Findings[0].Text, StringComparison.Ordinal);
        Assert.StartsWith("Records 10 to 11 should be here, but", report.Findings[1].Text, StringComparison.Ordinal);
        Assert.Contains($"record 12 at offset {records[11] - 4} of {First}", report.Findings[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flipped_bit_anywhere_in_a_record_is_found()
    {
        var files = await StoreAsync(20);
        var records = Records(files, First);
        var clean = await VerifyAsync(files);
        for (var bit = (records[2] - 4) * 8; bit < (records[^2] - 4) * 8; bit += 211)
        {
            var damaged = Damaged(files, First, bytes => bytes[bit / 8] ^= (byte)(1 << (bit % 8)));
            var report = await VerifyAsync(damaged);

            // Padding behind a record and the rest of a page mean nothing.
            Assert.True(!report.IsClean || report.FoldHash == clean.FoldHash, $"bit {bit}");
            Assert.True(report.RecordCount >= clean.RecordCount - 1, $"bit {bit}: more than one record was lost");
        }
    }

    [Fact]
    public async Task A_record_whose_frame_alone_is_damaged_is_not_lost()
    {
        var files = await StoreAsync();
        var records = Records(files, First);
        var report = await VerifyAsync(Damaged(files, First, bytes => bytes[records[5] - 2] ^= 0x40));
        var finding = Assert.Single(report.Findings, finding => finding.Kind == FindingKind.Damage);
        Assert.Contains("record 6 at offset", finding.Text, StringComparison.Ordinal);
        Assert.EndsWith("is whole.", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zeroed_page_loses_its_records_and_no_others()
    {
        var files = await StoreAsync();
        var all = await VerifyAsync(files);
        var report = await VerifyAsync(Damaged(files, First, bytes => bytes.AsSpan(4096 + 8192, 8192).Clear()));
        Assert.Equal(1, report.DamageCount);
        Assert.Contains("Records ", report.Findings[0].Text, StringComparison.Ordinal);
        Assert.InRange(report.RecordCount, 1, all.RecordCount - 2);
        Assert.True(report.RecordCount > report.LastLsn);
    }

    [Fact]
    public async Task A_missing_segment_is_named()
    {
        var files = await StoreAsync();
        Assert.True(files.List().Count > 2);
        var damaged = files.Copy();
        damaged.Delete("00000001.log");
        var report = await VerifyAsync(damaged);
        Assert.Contains(report.Findings, finding => finding is { File: "00000001.log", Kind: FindingKind.Damage } && finding.Text.Contains("missing", StringComparison.Ordinal));
        Assert.Contains(report.Findings, finding => finding.Text.StartsWith("Records ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(13)]
    [InlineData(30)]
    [InlineData(44)]
    public async Task A_damaged_segment_header_is_named_and_the_records_are_read_all_the_same(int offset)
    {
        var files = await StoreAsync(20);
        var clean = await VerifyAsync(files);
        foreach (var damage in (Action<byte[]>[])[bytes => bytes[offset] ^= 2, bytes => bytes.AsSpan(16, 32).Fill(0x5A)])
        {
            var report = await VerifyAsync(Damaged(files, First, damage));
            Assert.Equal((First, 0L), (report.Findings[0].File, report.Findings[0].Offset));
            Assert.Equal(1, report.DamageCount);
            Assert.Equal(clean.RecordCount, report.RecordCount);
        }
    }

    [Fact]
    public async Task A_torn_tail_is_a_note_and_the_fold_is_that_of_the_cut_log()
    {
        var files = await StoreAsync(20);
        var records = Records(files, First);
        var torn = Torn(files);
        var report = await VerifyAsync(torn);
        Assert.True(report.IsClean);
        Assert.Equal(FindingKind.Note, Assert.Single(report.Findings).Kind);
        Assert.Equal(records.Count - 2, report.LastLsn);
        await using (await OpenAsync(torn))
        {
        }

        var opened = await VerifyAsync(torn);
        Assert.Equal(opened.FoldHash, report.FoldHash);
    }

    [Fact]
    public async Task What_the_device_does_not_give_is_named_and_the_rest_is_read()
    {
        var files = await StoreAsync();
        Assert.True(files.Exists("00000002.log"));
        foreach (var name in (string[])[First, "00000001.log", "00000002.log"])
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
            Assert.Equal(1, report.Findings.Count(finding => finding.File == name && finding.Offset == 0 && finding.Text.Contains("Input/output error", StringComparison.Ordinal)));
            Assert.True(report.RecordCount > 0);
        }
    }

    [Fact]
    public async Task A_store_that_was_never_written_to_is_clean()
    {
        var report = await VerifyAsync(new MemoryFiles());
        Assert.True(report.IsClean);
        Assert.Equal(FindingKind.Note, Assert.Single(report.Findings).Kind);
    }

    [Fact]
    public async Task A_store_in_a_directory_is_locked_while_it_is_verified()
    {
        using var scratch = new Server.ScratchDirectory();
        await using (var store = await Engine.Store.OpenAsync(scratch.Path))
        {
            await store.CreateTableAsync(Tables.OpenedStore.Definition("Music"));
            await store.PutAsync("Music", Song(1, 1));
            var refused = await Assert.ThrowsAsync<IOException>(() => StoreVerification.RunAsync(scratch.Path));
            Assert.Contains("is open in", refused.Message, StringComparison.Ordinal);
        }

        var seen = new List<StoreFinding>();
        var report = await StoreVerification.RunAsync(scratch.Path, seen.Add);
        Assert.True(report.IsClean);
        Assert.Empty(seen);
        Assert.Equal(1, Assert.Single(report.Tables).ItemCount);
        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => StoreVerification.RunAsync(scratch.File("nothing")));
        Assert.False(Directory.Exists(scratch.File("nothing")));
    }

    /// <summary>Offsets of the records' headers in a file.</summary>
    internal static List<int> Records(MemoryFiles files, string name)
    {
        var found = new List<int>();
        var bytes = files[name].Bytes.AsSpan();
        for (var at = 4096 + 64; bytes[at..].IndexOf("SR\x01"u8) is >= 0 and var skipped; at++)
        {
            at += skipped;
            found.Add(at);
        }

        return found;
    }

    private static int Changes(MemoryFiles files) =>
        files.Count(FileOperation.Write) + files.Count(FileOperation.Sync) + files.Count(FileOperation.SyncDirectory);
}
