using Storage.Engine.Files;
using Xunit;

namespace Storage.Tests.Files;

/// <summary>The same contract on disk and in memory.</summary>
public sealed class DiskFilesTests : IDisposable
{
    private readonly string directory = Path.Combine(Path.GetTempPath(), "storage-files-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Positioned_writes_are_read_back_and_short_reads_mean_the_end(bool onDisk)
    {
        var files = Files(onDisk);
        using (var file = files.Open("a", create: true))
        {
            file.Write(3, "hello"u8);
            file.Sync();
            Assert.Equal(8, file.LengthBytes);
            Span<byte> buffer = stackalloc byte[16];
            Assert.Equal(8, file.Read(0, buffer));
            Assert.Equal("\0\0\0hello"u8, buffer[..8]);
            Assert.Equal(2, file.Read(6, buffer));
            Assert.Equal(0, file.Read(100, buffer));
            file.SetLength(4);
            file.SetLength(6);
            Assert.Equal(6, file.Read(0, buffer));
            Assert.Equal("\0\0\0h\0\0"u8, buffer[..6]);
        }

        files.SyncDirectory();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Files_are_listed_in_order_renamed_over_others_and_deleted(bool onDisk)
    {
        var files = Files(onDisk);
        foreach (var name in new[] { "b", "B", "a" })
        {
            using var file = files.Open(name, create: true);
            file.Write(0, System.Text.Encoding.UTF8.GetBytes(name));
        }

        Assert.Equal(["B", "a", "b"], files.List());
        files.Rename("b", "a");
        Assert.False(files.Exists("b"));
        using (var renamed = files.Open("a", create: false))
        {
            Span<byte> content = stackalloc byte[1];
            renamed.Read(0, content);
            Assert.Equal((byte)'b', content[0]);
        }

        files.Delete("a");
        Assert.Equal(["B"], files.List());
        Assert.ThrowsAny<IOException>(() => files.Open("a", create: false));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../a")]
    [InlineData("/a")]
    public void A_name_that_leads_out_of_the_directory_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => new DiskFiles(directory).Open(name, create: true));

    private IStoreFiles Files(bool onDisk) => onDisk ? new DiskFiles(directory) : new MemoryFiles();
}
