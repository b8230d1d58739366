using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Storage.Server.Aws;
using Storage.Server.Lambda;
using Storage.Server.Lambda.Functions;
using Xunit;

namespace Storage.Layers.Tests.Functions;

/// <summary>Packages of code are looked through before they are kept. Texts: recorded answers of Lambda.</summary>
public sealed class ZipPackageTests
{
    private const string Unreadable = "Could not unzip uploaded file. Please check your file, then try to upload again.";

    private static readonly LambdaOptions Small = new() { CodeZippedBytesMax = 20_000, CodeUnzippedBytesMax = 100_000 };

    [Fact]
    public void No_bytes_are_no_zip() => Assert.Equal("Uploaded file must be a non-empty zip", Refused([]));

    [Theory]
    [InlineData("no zip at all")]
    [InlineData("PK\u0003\u0004 and then nothing")]
    public void What_is_no_zip_is_refused(string text) => Assert.Equal(Unreadable, Refused(Encoding.Latin1.GetBytes(text)));

    [Fact]
    public void A_zip_without_entries_is_refused() => Assert.Equal(Unreadable, Refused(Zips.Of()));

    [Fact]
    public void A_zip_cut_short_or_changed_anywhere_is_refused_or_whole()
    {
        var zip = Zips.Of(("a.py", new string('x', 300)), ("b/c.py", "print(1)"));
        ZipPackage.ThrowIfRefused(zip, Small);
        for (var length = 0; length < zip.Length; length++)
        {
            Refused(zip[..length]);
        }

        // A changed byte may be in a time stamp; whatever it is in, the answer is one of the two.
        for (var at = 0; at < zip.Length; at++)
        {
            var changed = zip.ToArray();
            changed[at] ^= 0xFF;
            try
            {
                ZipPackage.ThrowIfRefused(changed, Small);
            }
            catch (AwsException refusal)
            {
                Assert.Equal("InvalidParameterValueException", refusal.Fault.Code);
            }
        }
    }

    [Theory]
    [InlineData("../evil.py")]
    [InlineData("a/../../evil.py")]
    [InlineData("a/..")]
    [InlineData("/etc/passwd")]
    [InlineData("\\evil.py")]
    [InlineData("..\\evil.py")]
    [InlineData("C:\\evil.py")]
    [InlineData("C:/evil.py")]
    public void A_path_that_leads_out_is_refused(string path) =>
        Assert.Equal(Unreadable, Refused(Zips.Of(("ok.py", "1"), (path, "2"))));

    [Theory]
    [InlineData("a/b/c.py")]
    [InlineData("./a.py")]
    [InlineData("a..b/..c.py")]
    [InlineData("ünï/cödé.py")]
    public void A_path_that_stays_inside_is_taken(string path) => ZipPackage.ThrowIfRefused(Zips.Of((path, "1")), Small);

    [Theory]
    [InlineData("link", "/etc/passwd")]
    [InlineData("link", "..")]
    [InlineData("a/link", "../../x")]
    [InlineData("a/link", "b/../../..")]
    [InlineData("link", "a/../x")] // a may be a link itself
    [InlineData("link", "")]
    public void A_link_that_leads_out_is_refused(string name, string target) =>
        Assert.Equal(Unreadable, Refused(Zips.Build(zip => Zips.AddLink(zip, name, target))));

    /// <summary>Such a zip would be refused at every call instead.</summary>
    [Theory]
    [InlineData("a", "a/b.py")]
    [InlineData("a/b.py", "a")]
    [InlineData("a", "a/")]
    [InlineData("a/b", "a//b\\c.py")]
    [InlineData("ok.py", ".")]
    public void Two_entries_that_cannot_both_be_made_are_refused(string one, string other) =>
        Assert.Equal(Unreadable, Refused(Zips.Of((one, "1"), (other, ""))));

    [Fact]
    public void A_link_of_a_name_that_another_entry_has_is_refused()
    {
        Assert.Equal(Unreadable, Refused(Zips.Build(zip =>
        {
            Zips.AddLink(zip, "a", "b");
            Zips.AddLink(zip, "a", "c");
        })));
    }

    [Theory]
    [InlineData("a.py", "a.py")]
    [InlineData("a/", "a/b.py")]
    [InlineData("a\\", "a\\b.py")]
    public void A_file_that_comes_twice_and_a_directory_with_files_are_taken(string one, string other) =>
        ZipPackage.ThrowIfRefused(Zips.Of((one, one.EndsWith('y') ? "1" : ""), (other, "2")), Small);

    [Theory]
    [InlineData("link", "a/b")]
    [InlineData("a/link", "../b")]
    [InlineData("a/b/link", "../../c/./d")]
    public void A_link_that_stays_inside_is_taken(string name, string target) =>
        ZipPackage.ThrowIfRefused(Zips.Build(zip => Zips.AddLink(zip, name, target)), Small);

    [Fact]
    public void Nothing_lies_below_a_link()
    {
        Assert.Equal(Unreadable, Refused(Zips.Build(zip =>
        {
            Zips.AddLink(zip, "a", "b");
            Zips.Add(zip, "a/evil.py", [1]);
        })));
        Assert.Equal(Unreadable, Refused(Zips.Build(zip =>
        {
            Zips.Add(zip, "./a//evil.py", [1]);
            Zips.AddLink(zip, "a", "b");
        })));
    }

    [Fact]
    public void Devices_are_refused() =>
        Assert.Equal(Unreadable, Refused(Zips.Build(zip => Zips.Add(zip, "dev", [], 0x21B6))));

    [Fact]
    public void A_package_may_have_so_many_bytes_zipped_and_fewer_unzipped()
    {
        var zip = Zips.Build(archive => Zips.Add(archive, "zeros", new byte[99_999]));
        ZipPackage.ThrowIfRefused(zip, Small);
        ZipPackage.ThrowIfRefused(zip, Small with { CodeZippedBytesMax = zip.Length });
        Assert.Equal(
            "Unzipped size must be smaller than 100000 bytes",
            Refused(Zips.Build(archive => Zips.Add(archive, "zeros", new byte[100_000]))));
        Assert.Equal(
            "Unzipped size must be smaller than 100000 bytes",
            Refused(Zips.Build(archive =>
            {
                Zips.Add(archive, "half", new byte[50_000]);
                Zips.Add(archive, "other", new byte[50_000]);
            })));
        var fault = Assert.Throws<AwsException>(
            () => ZipPackage.ThrowIfRefused(zip, Small with { CodeZippedBytesMax = zip.Length - 1 })).Fault;
        Assert.Equal((413, "RequestEntityTooLargeException"), (fault.Status, fault.Code));
        Assert.Equal($"Zipped size must be smaller than {zip.Length - 1} bytes", fault.Message);
    }

    /// <summary>The size in the headers is a claim: what comes out is counted.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(50_000)]
    [InlineData(200_000)]
    public void A_size_that_is_not_so_is_refused(int claimed)
    {
        var zip = Zips.Build(archive => Zips.Add(archive, "zeros", new byte[60_000]));
        var entry = zip.AsSpan().LastIndexOf("PK\x01\x02"u8);
        BinaryPrimitives.WriteInt32LittleEndian(zip.AsSpan(entry + 24), claimed);
        Assert.Equal(Unreadable, Refused(zip));
    }

    [Fact]
    public void Content_that_is_not_what_its_checksum_says_is_refused()
    {
        var zip = Zips.Build(archive =>
        {
            var entry = archive.CreateEntry("a", CompressionLevel.NoCompression);
            using var stream = entry.Open();
            stream.Write("print(1)"u8);
        });
        zip[zip.AsSpan().IndexOf("print"u8)] ^= 1;
        Assert.Equal(Unreadable, Refused(zip));
    }

    [Fact]
    public void More_entries_than_are_allowed_are_refused_before_they_are_read()
    {
        // A central directory of empty names without files behind it, written by hand.
        var zip = new byte[((ZipPackage.EntriesMax + 1) * 46) + 22];
        for (var i = 0; i <= ZipPackage.EntriesMax; i++)
        {
            "PK\x01\x02"u8.CopyTo(zip.AsSpan(i * 46));
        }

        "PK\x05\x06"u8.CopyTo(zip.AsSpan(zip.Length - 22));
        Assert.Equal(Unreadable, Refused(zip, new LambdaOptions()));
    }

    private static string Refused(byte[] zip, LambdaOptions? options = null)
    {
        var fault = Assert.Throws<AwsException>(() => ZipPackage.ThrowIfRefused(zip, options ?? Small)).Fault;
        Assert.Equal((400, "InvalidParameterValueException"), (fault.Status, fault.Code));
        return fault.Message;
    }
}
