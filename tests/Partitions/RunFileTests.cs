using Storage.Engine.Partitions;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Partitions;

/// <summary>"Reference-counted handles decide when an old file goes"; "a named one missing refuses". The design, Memory, runs.</summary>
public sealed class RunFileTests
{
    private static readonly SortedDictionary<byte[], byte[]> Some = RunFixture.Entries(
        Enumerable.Range(0, 600).Select(i => ((byte[])[0, 0, 0, 16, (byte)(i >> 8), (byte)i, 1, 2, 3, 4, 5, 6], new byte[20])));

    [Fact]
    public void Opening_reads_footer_root_and_statistics_only()
    {
        using var fixture = new RunFixture();
        var info = fixture.Write(Some, RunFixture.Small);
        var before = fixture.Files.Count(FileOperation.Read);
        Assert.Equal(2, fixture.Open(info).RootLevel);
        Assert.Equal(3, fixture.Files.Count(FileOperation.Read) - before);
    }

    [Fact]
    public void A_footer_alone_tells_what_a_manifest_knows()
    {
        using var fixture = new RunFixture();
        var info = fixture.Write(Some, RunFixture.Small);
        Assert.Equal(info, RunFooter.TryRead(fixture.Files["00000001.run"])?.Info);
        fixture.Files["00000001.run"].SetLength(info.LengthBytes - 1);
        Assert.Null(RunFooter.TryRead(fixture.Files["00000001.run"]));
    }

    [Fact]
    public void A_file_that_is_not_the_manifests_is_refused_by_name()
    {
        using var fixture = new RunFixture();
        var info = fixture.Write(Some, RunFixture.Small);
        var bytes = fixture.Files["00000001.run"].Bytes;

        Refused(fixture, info, "00000001.run is missing", files => files.Delete("00000001.run"));
        Refused(fixture, info, "00000001.run has 0 bytes where the manifest says", files => files["00000001.run"].SetLength(0));
        Refused(fixture, info, $"00000001.run has {bytes.Length - 1} bytes", files => files["00000001.run"].SetLength(bytes.Length - 1));
        Refused(fixture, info, $"00000001.run has {bytes.Length + 1} bytes", files => files["00000001.run"].SetLength(bytes.Length + 1));
        Refused(fixture, info, "00000001.run has a damaged footer", files => files["00000001.run"].Write(bytes.Length - 30, [99]));
        Refused(fixture, info, "00000001.run is of format version 2; this build reads version 1", files => files["00000001.run"].Write(bytes.Length - 1, [2]));
        Refused(fixture, info with { EntryCount = 599 }, "00000001.run is another file", _ => { });
        Refused(fixture, info with { Level = 3 }, "00000001.run is another file", _ => { });
        Refused(fixture, info with { LastLsn = 3 }, "00000001.run is another file", _ => { });
        Refused(fixture, info with { Checksum = 3 }, "00000001.run is another file", _ => { });

        // Another file of the same number and length, and one of another store.
        var other = new MemoryFiles();
        using (var writer = new RunWriter(other, RunKind.State, RunFixture.Store, 1, 0, 10, 19, RunFixture.Small))
        {
            foreach (var (key, _) in Some)
            {
                writer.Add(key, Enumerable.Repeat((byte)7, 20).ToArray());
            }

            Assert.Equal(info.LengthBytes, writer.Finish(999).LengthBytes);
        }

        Refused(fixture, info, "00000001.run is another file", files => files["00000001.run"].Write(0, other["00000001.run"].Bytes));
        var copy = fixture.Files.Copy();
        var error = Assert.Throws<InvalidDataException>(() => RunFile.Open(copy, RunKind.State, Guid.Empty, info, fixture.Cache));
        Assert.StartsWith($"00000001.run belongs to the store {RunFixture.Store}, not to {Guid.Empty}", error.Message, StringComparison.Ordinal);
        copy.Rename("00000001.run", "00000001.history");
        error = Assert.Throws<InvalidDataException>(() => RunFile.Open(copy, RunKind.History, RunFixture.Store, info, fixture.Cache));
        Assert.StartsWith("00000001.history is another file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_deleted_once_nobody_reads_it_any_more()
    {
        using var cache = new BlockCache(1 << 20);
        var fixture = new RunFixture();
        var info = fixture.Write(Some, RunFixture.Small);
        var run = RunFile.Open(fixture.Files, RunKind.State, RunFixture.Store, info, cache);
        var set = new RunSet(1, [run]);
        run.Release();
        var cursor = new RunSetCursor();
        cursor.Start(set, [], [], ascending: true);
        Assert.True(cursor.MoveNext());

        run.DeleteWhenUnused();
        set.Release();
        Assert.True(cursor.MoveNext());
        Assert.Equal(Some.Keys.ElementAt(1), cursor.Key.ToArray());
        Assert.True(fixture.Files.Exists(run.Name));

        cursor.Stop();
        cursor.Stop();
        Assert.False(fixture.Files.Exists(run.Name));
        Assert.Throws<ObjectDisposedException>(set.Acquire);
        Assert.Throws<ObjectDisposedException>(run.Acquire);
    }

    [Fact]
    public void A_file_that_is_still_wanted_stays_when_it_is_closed()
    {
        using var cache = new BlockCache(1 << 20);
        var fixture = new RunFixture();
        var run = RunFile.Open(fixture.Files, RunKind.State, RunFixture.Store, fixture.Write(Some, RunFixture.Small), cache);
        run.Release();
        Assert.True(fixture.Files.Exists(run.Name));
    }

    [Fact]
    public void The_empty_set_needs_no_counting()
    {
        RunSet.Empty.Release();
        RunSet.Empty.Release();
        RunSet.Empty.Acquire();
        Assert.Equal(Lookup.Absent, RunFixture.Find(RunSet.Empty, [1]).Answer);
    }

    [Fact]
    public void An_error_of_the_device_passes_through_as_it_is()
    {
        using var fixture = new RunFixture();
        var (set, union) = fixture.Set([Some], RunFixture.Small);
        var failure = new IOException("Input/output error");
        fixture.Files.Before = (operation, _) => throw failure;
        Assert.Same(failure, Assert.Throws<IOException>(() => RunFixture.Find(set, union.Keys.First())));
        var cursor = new RunSetCursor();
        cursor.Start(set, [], [], ascending: true);
        Assert.Same(failure, Assert.Throws<IOException>(() => cursor.MoveNext()));
        cursor.Stop();

        fixture.Files.Before = null;
        Assert.Equal(Lookup.Found, RunFixture.Find(set, union.Keys.First()).Answer);
        set.Release();
    }

    private static void Refused(RunFixture fixture, RunInfo info, string reason, Action<MemoryFiles> change)
    {
        var files = fixture.Files.Copy();
        change(files);
        var error = Assert.Throws<InvalidDataException>(() => RunFile.Open(files, RunKind.State, RunFixture.Store, info, fixture.Cache));
        Assert.StartsWith(reason, error.Message, StringComparison.Ordinal);
    }
}
