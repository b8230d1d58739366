using System.Buffers.Binary;
using System.IO.Hashing;
using Storage.Engine.Log;
using Storage.Engine.Partitions;
using Storage.Engine.Recovery;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Recovery;

/// <summary>The one file that says what makes up a store. Source: docs/FILE_FORMATS.md, MANIFEST.</summary>
public sealed class ManifestTests
{
    private static readonly Manifest Example = new(
        Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"),
        7,
        new LogPosition(41, 4096, 0x1122334455667788, 1_795_428_000_000_000),
        12,
        [new RunInfo(11, 0, 31, 41, 8192, 10, 2, 1_795_428_000_000_000, 5), new RunInfo(9, 1, 1, 30, 16384, 100, 0, 3, 6)],
        [new RunInfo(10, 0, 31, 41, 4096, 3, 0, 4, 7)])
    {
        TrimmedLsn = 17,
    };

    [Fact]
    public void What_was_written_is_read_again()
    {
        var files = new MemoryFiles();
        ManifestFile.Replace(files, Example);

        var read = ManifestFile.Read(files)!;
        Assert.Equal(Example.Runs, read.Runs);
        Assert.Equal(Example.History, read.History);
        Assert.Equal(Example with { Runs = read.Runs, History = read.History }, read);
        Assert.Null(ManifestFile.Read(new MemoryFiles()));
    }

    [Fact]
    public void A_crash_at_any_moment_of_a_replacement_leaves_the_old_one_or_the_new_one()
    {
        var next = Example with { Sequence = 8, Runs = [] };
        for (var seed = 0; seed < 200; seed++)
        {
            var files = new MemoryFiles();
            ManifestFile.Replace(files, Example);
            var operations = 0;
            MemoryFiles? crashed = null;
            files.Before = (_, _) => crashed = ++operations == 1 + (seed % 4) ? files.Crash(new Random(seed)) : crashed;
            ManifestFile.Replace(files, next);

            Assert.True(ManifestFile.Read(crashed ?? files)!.Sequence is 7 or 8);
        }
    }

    [Fact]
    public void Every_changed_byte_is_noticed()
    {
        var files = new MemoryFiles();
        ManifestFile.Replace(files, Example);
        using var file = files.Open(ManifestFile.Name, create: false);
        var good = new byte[file.LengthBytes];
        file.Read(0, good);
        for (var i = 0; i < good.Length; i++)
        {
            file.Write(i, [(byte)(good[i] ^ 0x10)]);
            Assert.Contains(ManifestFile.Name, Assert.Throws<InvalidDataException>(() => ManifestFile.Read(files)).Message, StringComparison.Ordinal);
            file.Write(i, [good[i]]);
        }

        for (var length = 0; length < good.Length; length++)
        {
            file.SetLength(length);
            Assert.Throws<InvalidDataException>(() => ManifestFile.Read(files));
        }
    }

    [Fact]
    public void Version_1_is_read_as_one_whose_history_was_never_trimmed()
    {
        var files = new MemoryFiles();
        ManifestFile.Replace(files, Example);
        var bytes = files[ManifestFile.Name].Bytes;
        byte[] former = [.. bytes[..80], .. bytes[88..^8], .. new byte[8]];
        former[7] = 1;
        BinaryPrimitives.WriteUInt64LittleEndian(former.AsSpan(former.Length - 8), XxHash3.HashToUInt64(former.AsSpan(0, former.Length - 8)));
        using var file = files.Open(ManifestFile.Name, create: false);
        file.SetLength(former.Length);
        file.Write(0, former);

        var read = ManifestFile.Read(files)!;
        Assert.Equal(Example.Runs, read.Runs);
        Assert.Equal(Example.History, read.History);
        Assert.Equal(Example with { Runs = read.Runs, History = read.History, TrimmedLsn = 0 }, read);
    }

    [Fact]
    public void Another_version_is_refused_by_its_number()
    {
        var files = new MemoryFiles();
        ManifestFile.Replace(files, Example);
        using var file = files.Open(ManifestFile.Name, create: false);
        file.Write(7, [9]);

        var refused = Assert.Throws<InvalidDataException>(() => ManifestFile.Read(files));
        Assert.Contains("format 9", refused.Message, StringComparison.Ordinal);
    }
}
