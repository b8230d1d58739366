using System.IO.Compression;
using System.Runtime.Versioning;
using Storage.Server.Lambda.Environments;
using Storage.Tests.Server;
using Xunit;

namespace Storage.Layers.Tests.Environments;

/// <summary>Unpacking of a user's zip.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class CodeArchiveTests
{
    [Fact]
    public void Files_keep_whether_they_can_be_run_and_nothing_can_be_written()
    {
        using var scratch = new ScratchDirectory();
        var code = scratch.File("code");
        CodeArchive.Unpack(
            FunctionRig.Zip(("bootstrap", "a", true), ("lib/deep/file.py", "b", false), ("empty/", "", false)), code, 1000);
        Assert.Equal(0x16D, (int)File.GetUnixFileMode(Path.Combine(code, "bootstrap")));
        Assert.Equal(0x124, (int)File.GetUnixFileMode(Path.Combine(code, "lib/deep/file.py")));
        Assert.Equal(0x16D, (int)File.GetUnixFileMode(Path.Combine(code, "lib")));
        Assert.True(Directory.Exists(Path.Combine(code, "empty")));
        CodePackages.Delete(code);
        Assert.False(Directory.Exists(code));
    }

    [Theory]
    [InlineData("../out")]
    [InlineData("/etc/out")]
    [InlineData("a/../../out")]
    [InlineData("a\\..\\..\\out")]
    public void A_name_that_leads_elsewhere_is_refused(string name)
    {
        using var scratch = new ScratchDirectory();
        var zip = FunctionRig.Zip((name, "x", false));
        Assert.Throws<InvalidDataException>(() => CodeArchive.Unpack(zip, scratch.File("code"), 1000));
        Assert.Empty(Directory.GetFiles(scratch.Path));
    }

    [Fact]
    public void Names_with_the_slash_of_Windows_make_directories_too()
    {
        using var scratch = new ScratchDirectory();
        var code = scratch.File("code");
        CodeArchive.Unpack(FunctionRig.Zip(("lib\\", "", false), ("lib\\deep\\file.py", "b", false)), code, 1000);
        Assert.Equal("b", File.ReadAllText(Path.Combine(code, "lib", "deep", "file.py")));
        CodePackages.Delete(code);
    }

    [Fact]
    public void The_size_unzipped_is_counted_not_believed()
    {
        using var scratch = new ScratchDirectory();
        var zip = FunctionRig.Zip(("a", new string('x', 600), false), ("b", new string('x', 400), false));
        CodeArchive.Unpack(zip, scratch.File("fits"), 1000);
        Assert.Throws<InvalidDataException>(() => CodeArchive.Unpack(zip, scratch.File("code"), 999));
        CodePackages.Delete(scratch.File("fits"));
    }

    [Theory]
    [InlineData("real", true)]
    [InlineData("./real", true)]
    [InlineData("../code/real", true)]
    [InlineData("../elsewhere", false)]
    [InlineData("../code-too", false)]
    [InlineData("/etc/passwd", false)]
    [InlineData("", false)]
    public void A_link_may_only_lead_into_the_code(string target, bool allowed)
    {
        using var scratch = new ScratchDirectory();
        using var buffer = new MemoryStream();
        using (var archive = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add("real", "content", 0x81A4);
            Add("link", target, 0xA1FF);

            void Add(string name, string content, int mode)
            {
                var entry = archive.CreateEntry(name);
                entry.ExternalAttributes = mode << 16;
                using var writer = new StreamWriter(entry.Open());
                writer.Write(content);
            }
        }

        var code = scratch.File("code");
        if (allowed)
        {
            CodeArchive.Unpack(buffer.ToArray(), code, 1000);
            Assert.Equal("content", File.ReadAllText(Path.Combine(code, "link")));
        }
        else
        {
            Assert.Throws<InvalidDataException>(() => CodeArchive.Unpack(buffer.ToArray(), code, 1000));
        }

        CodePackages.Delete(code);
    }

    [Fact]
    public async Task Code_is_unpacked_once_and_what_fails_leaves_nothing()
    {
        using var scratch = new ScratchDirectory();
        var reads = 0;
        var zip = FunctionRig.Zip(("a", "x", false));
        using var packages = new CodePackages(
            scratch.Path,
            (name, _) =>
            {
                reads++;
                return ValueTask.FromResult(name == "good" ? zip : [0]);
            },
            1000);
        var both = await Task.WhenAll(packages.UseAsync("good", default).AsTask(), packages.UseAsync("good", default).AsTask());
        Assert.Equal(both[0], both[1]);
        Assert.Equal(1, reads);
        await Assert.ThrowsAsync<InvalidDataException>(() => packages.UseAsync("bad", default).AsTask());
        Assert.Equal([both[0]], Directory.GetDirectories(scratch.File("code")));
        packages.Release(both[0]);
        packages.Release(both[1]);
        reads = 0;
        Assert.Equal(both[0], await packages.UseAsync("good", default));
        Assert.Equal(0, reads);
        CodePackages.Delete(scratch.File("code"));
    }

    [Fact]
    public async Task The_last_few_packages_that_nobody_uses_stay()
    {
        using var scratch = new ScratchDirectory();
        using var packages = new CodePackages(scratch.Path, (_, _) => ValueTask.FromResult(FunctionRig.Zip(("a", "x", false))), 1000);
        var used = await packages.UseAsync("used", default);
        for (var number = 0; number < 30; number++)
        {
            packages.Release(await packages.UseAsync($"p{number}", default));
        }

        Assert.Equal(17, Directory.GetDirectories(scratch.File("code")).Length);
        Assert.True(Directory.Exists(used));
        Assert.True(Directory.Exists(scratch.File("code/p29")));
        Assert.False(Directory.Exists(scratch.File("code/p0")));
        CodePackages.Delete(scratch.File("code"));
    }
}
