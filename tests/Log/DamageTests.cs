using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Log;

/// <summary>Damage below what is known to be durable is named and refused, never skipped, and nothing is changed.</summary>
public sealed class DamageTests
{
    private const string First = "00000000.log";
    private const int DataStart = 4096 + 64;

    [Fact]
    public async Task Every_flipped_bit_below_the_clean_shutdown_is_refused_with_file_and_offset()
    {
        // Bodies of a multiple of four leave no padding; all fits on one page, so there is no unused rest of a page.
        var files = await ClosedLogAsync(6, _ => 24);
        var bytes = files[First].Bytes;
        var mark = bytes.AsSpan().LastIndexOf("SR\x01\x04"u8) - 4;
        for (var bit = DataStart * 8; bit < mark * 8; bit += 3)
        {
            var damaged = Damaged(files, First, file => file[bit / 8] ^= (byte)(1 << (bit % 8)));
            RequireRefusal(damaged, First, "at offset ");
        }
    }

    [Fact]
    public async Task The_refusal_names_the_record_and_where_it_starts()
    {
        var files = await ClosedLogAsync(3, _ => 24);
        var second = files[First].Bytes.AsSpan(DataStart + 8).IndexOf("SR\x01"u8) + DataStart + 8;
        var damaged = Damaged(files, First, file => file[second + 70] ^= 1);
        RequireRefusal(damaged, $"record 2 should be at offset {second - 4} of {First}", "its payload does not match its checksum");
    }

    [Fact]
    public async Task Swapped_words_are_refused()
    {
        var files = await ClosedLogAsync(4, _ => 256);
        var damaged = Damaged(files, First, file =>
        {
            var body = file.AsSpan(DataStart + 4 + 64 + 16);
            var word = body[..8].ToArray();
            body.Slice(8, 8).CopyTo(body);
            word.CopyTo(body[8..]);
        });
        RequireRefusal(damaged, "record 1 ");
    }

    [Fact]
    public async Task A_zeroed_page_anywhere_is_refused()
    {
        var files = await ClosedLogAsync(60, i => (i * 37) % 1500);
        var segments = files.List().Where(name => name.EndsWith(".log", StringComparison.Ordinal)).ToArray();
        Assert.True(segments.Length > 2);
        foreach (var name in segments[..^1])
        {
            for (var page = 4096; page < files[name].LengthBytes; page += 4096)
            {
                var start = page;
                var damaged = Damaged(files, name, file => file.AsSpan(start, 4096).Clear());
                RequireRefusal(damaged, ".log");
            }
        }
    }

    [Fact]
    public async Task A_missing_segment_is_refused_by_name()
    {
        var files = await ClosedLogAsync(60, _ => 1000);
        foreach (var name in files.List().Where(name => name.EndsWith(".log", StringComparison.Ordinal)))
        {
            var damaged = files.Copy();
            damaged.Delete(name);
            RequireRefusal(damaged, name + " is missing.");
        }
    }

    [Fact]
    public async Task A_segment_of_another_log_is_refused_by_name()
    {
        var files = await ClosedLogAsync(60, _ => 1000);
        var other = await ClosedLogAsync(60, _ => 1000, Guid.Empty);
        var mixed = Damaged(files, "00000001.log", file => other["00000001.log"].Bytes.CopyTo(file, 0));
        RequireRefusal(mixed, "00000001.log is of log 00000000-0000-0000-0000-000000000000");
        RequireRefusal(other, "not of this store's log " + LogFixture.InstanceId);
    }

    [Fact]
    public async Task A_damaged_segment_header_is_refused_by_name()
    {
        var files = await ClosedLogAsync(60, _ => 1000);
        foreach (var name in files.List().Where(name => name.EndsWith(".log", StringComparison.Ordinal)))
        {
            RequireRefusal(Damaged(files, name, file => file[20] ^= 1), $"The header of {name} is damaged");
            RequireRefusal(Damaged(files, name, file => file.AsSpan(0, 4096).Clear()), $"The header of {name} is damaged");
        }
    }

    [Fact]
    public async Task A_log_of_another_format_version_is_refused_by_its_number()
    {
        var files = await ClosedLogAsync(2, _ => 10);
        RequireRefusal(Damaged(files, First, file => file[7] = 9), $"{First} is of log format 9; this build reads 1 and 2");
    }

    [Fact]
    public async Task Files_that_are_no_segments_are_left_alone()
    {
        var files = await ClosedLogAsync(2, _ => 10);
        files.Open("notes.log", create: true).Write(0, "mine"u8);
        files.Open("1.log", create: true).Write(0, "mine"u8);
        var (log, _) = LogFixture.Open(files);
        await log.DisposeAsync();
        Assert.Equal("mine"u8.ToArray(), files["notes.log"].Bytes);
    }

    /// <summary>
    /// The mark of the last group before a loss of power goes to the disk with the next sync, which never came. Only a
    /// later record, a kill that leaves the system running, or a clean shutdown protects it.
    /// </summary>
    [Fact]
    public async Task Only_the_very_last_group_before_a_loss_of_power_has_no_witness()
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files);
        for (var i = 1; i <= 4; i++)
        {
            await LogFixture.AppendDurablyAsync(log, LogFixture.Record(i, 24));
        }

        var crashed = files.Crash();
        var killed = files.Kill();
        await log.DisposeAsync();
        var entry = 4 + 64 + 16 + 24;
        RequireRefusal(Damaged(crashed, First, file => file[DataStart + (2 * entry) + 80] ^= 1), "record 3 ");
        RequireRefusal(Damaged(killed, First, file => file[DataStart + (3 * entry) + 80] ^= 1), "record 4 ", "the mark at offset ");

        var (reopened, replayed) = LogFixture.Open(Damaged(crashed, First, file => file[DataStart + (3 * entry) + 80] ^= 1));
        Assert.Equal([1, 2, 3], replayed.Numbers);
        await reopened.DisposeAsync();
    }

    private static async Task<MemoryFiles> ClosedLogAsync(int records, Func<int, int> bodyBytes, Guid? instanceId = null)
    {
        var files = new MemoryFiles();
        var (log, _) = LogFixture.Open(files, LogFixture.Small with { InstanceId = instanceId ?? LogFixture.InstanceId });
        for (var i = 1; i <= records; i++)
        {
            await LogFixture.AppendDurablyAsync(log, LogFixture.Record(i, bodyBytes(i)));
        }

        await log.DisposeAsync();
        return files;
    }

    private static MemoryFiles Damaged(MemoryFiles files, string name, Action<byte[]> damage)
    {
        var damaged = files.Copy();
        var bytes = damaged[name].Bytes;
        damage(bytes);
        damaged[name].Write(0, bytes);
        return damaged;
    }

    private static void RequireRefusal(MemoryFiles damaged, params string[] words)
    {
        var writes = damaged.Count(FileOperation.Write);
        var refusal = Assert.Throws<InvalidDataException>(() => LogFixture.Open(damaged));
        Assert.All(words, word => Assert.Contains(word, refusal.Message, StringComparison.Ordinal));
        Assert.Equal(writes, damaged.Count(FileOperation.Write));
    }
}
