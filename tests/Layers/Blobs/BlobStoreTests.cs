using System.Security.Cryptography;
using Storage.Engine;
using Storage.Engine.Model;
using Storage.Server.Blobs;
using Storage.Server.Commands;
using Storage.Server.Options;
using Xunit;

namespace Storage.Layers.Tests.Blobs;

/// <summary>Bytes beside the tables: durable under the name of their hash, and covered by verify, stats and repair.</summary>
public sealed class BlobStoreTests : IDisposable
{
    private readonly DirectoryInfo scratch = Directory.CreateTempSubdirectory("storage-blobs-test-");

    private string Data => Path.Combine(scratch.FullName, "data");

    public void Dispose() => scratch.Delete(true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bytes_come_back_under_their_SHA256(bool onDisk)
    {
        using var blobs = new BlobStore(onDisk ? Data : null);
        foreach (var content in new[] { [], Bytes(1), Bytes(700_000) })
        {
            var name = await blobs.PutAsync(content, default);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), name);
            Assert.Equal(name, await blobs.PutAsync(content, default));
            Assert.Equal(content, await blobs.ReadAsync(name, default));
        }
    }

    [Fact]
    public async Task Equal_bytes_stored_by_many_at_once_are_one_file_and_no_draft_stays()
    {
        using var blobs = new BlobStore(Data);
        var content = Bytes(100_000);
        var names = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () => await blobs.PutAsync(content, default))));
        Assert.Single(names.Distinct());
        Assert.Single(Directory.GetFiles(Data, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_blob_in_memory_goes_with_its_store()
    {
        var before = Directory.GetDirectories(Path.GetTempPath(), "storage-blobs-*").ToHashSet();
        string made;
        using (var blobs = new BlobStore(null))
        {
            await blobs.PutAsync(Bytes(10), default);
            made = Directory.GetDirectories(Path.GetTempPath(), "storage-blobs-*")
                .First(path => !before.Contains(path) && Directory.Exists(Path.Combine(path, "blobs", BlobFiles.NameOf(Bytes(10))[..2])));
        }

        Assert.False(Directory.Exists(made));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../../../../etc/passwd")]
    [InlineData("ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task What_is_no_blob_or_not_there_is_not_read(string name)
    {
        using var blobs = new BlobStore(Data);
        await Assert.ThrowsAsync<InvalidDataException>(async () => await blobs.ReadAsync(name, default));
    }

    [Fact]
    public async Task A_spoiled_blob_is_not_given_and_storing_its_bytes_again_heals_it()
    {
        using var blobs = new BlobStore(Data);
        var name = await blobs.PutAsync(Bytes(5000), default);
        Spoil(name);
        await Assert.ThrowsAsync<InvalidDataException>(async () => await blobs.ReadAsync(name, default));

        await blobs.PutAsync(Bytes(5000), default);
        Assert.Equal(Bytes(5000), await blobs.ReadAsync(name, default));
    }

    [Fact]
    public async Task Only_what_items_name_outlives_a_start()
    {
        await using var store = await FillAsync();
        using var blobs = new BlobStore(Data);
        var kept = await PutNamedAsync(store, blobs, Bytes(10), "codeBlob");
        var alsoKept = await PutNamedAsync(store, blobs, Bytes(11), "blob");
        var spared = await PutNamedAsync(store, blobs, Bytes(12), "blobs"); // Not an attribute that names one.
        await File.WriteAllTextAsync(Path.Combine(Data, "blobs", kept[..2], kept + ".7.new"), "half");

        var references = await BlobReferences.CollectAsync(store, new HashSet<string>(), default);
        blobs.DeleteExcept(references.Names);

        Assert.Equal(new[] { kept, alsoKept }.Order(), Directory.GetFiles(Data + "/blobs", "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order());
        await Assert.ThrowsAsync<InvalidDataException>(async () => await blobs.ReadAsync(spared, default));
    }

    [Fact]
    public async Task Verify_and_stats_count_blobs_and_a_whole_store_is_clean()
    {
        await using (var store = await FillAsync())
        {
            using var blobs = new BlobStore(Data);
            await PutNamedAsync(store, blobs, Bytes(10), "codeBlob");
            await blobs.PutAsync(Bytes(20), default);
        }

        var (exitCode, output) = await RunAsync("verify");
        Assert.Equal(0, exitCode);
        Assert.Contains("blobs: 2 files of 30 bytes", output, StringComparison.Ordinal);
        Assert.Contains("note: blobs/", output, StringComparison.Ordinal);
        Assert.Contains("No item names the blob", output, StringComparison.Ordinal);
        Assert.Contains("blobs: 2 files of 30 bytes", (await RunAsync("stats")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_spoiled_or_missing_blob_is_damage_and_repair_saves_the_others(bool missing)
    {
        string whole;
        string lost;
        await using (var store = await FillAsync())
        {
            using var blobs = new BlobStore(Data);
            whole = await PutNamedAsync(store, blobs, Bytes(10), "codeBlob");
            lost = await PutNamedAsync(store, blobs, Bytes(5000), "codeBlob");
        }

        if (missing)
        {
            File.Delete(PathOf(lost));
        }
        else
        {
            Spoil(lost);
        }

        var (exitCode, output) = await RunAsync("verify");
        Assert.Equal(1, exitCode);
        Assert.Contains($"damage: blobs/{lost[..2]}/{lost}: ", output, StringComparison.Ordinal);
        Assert.Contains("is damaged: 1 findings", output, StringComparison.Ordinal);

        var target = Path.Combine(scratch.FullName, "new");
        (exitCode, output) = await RunAsync("repair", "--to", target);
        Assert.Equal(1, exitCode);
        Assert.Contains($"lost: blobs/{lost[..2]}/{lost}: ", output, StringComparison.Ordinal);
        Assert.Contains(lost, await File.ReadAllTextAsync(Path.Combine(target, "REPAIR.txt")), StringComparison.Ordinal);
        using var repaired = new BlobStore(target);
        Assert.Equal(Bytes(10), await repaired.ReadAsync(whole, default));
    }

    [Fact]
    public async Task A_damaged_log_leaves_blobs_checked_by_themselves()
    {
        await using (var store = await FillAsync())
        {
            using var blobs = new BlobStore(Data);
            await PutNamedAsync(store, blobs, Bytes(10), "codeBlob");
        }

        await using (var log = File.OpenWrite(Path.Combine(Data, "00000000.log")))
        {
            log.Position = 4096 + 120;
            log.Write("damage"u8);
        }

        var (exitCode, output) = await RunAsync("verify");
        Assert.Equal(1, exitCode);
        Assert.Contains("was not checked, as the state was not folded", output, StringComparison.Ordinal);
        Assert.DoesNotContain("is missing", output, StringComparison.Ordinal);
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static async Task<string> PutNamedAsync(Store store, BlobStore blobs, byte[] content, string attribute)
    {
        var name = await blobs.PutAsync(content, default);
        await store.PutAsync("$lambda", Item.Of(("pk", name), (attribute, name)));
        return name;
    }

    private async Task<Store> FillAsync()
    {
        var store = await Store.OpenAsync(Data);
        await store.EnsureSystemTableAsync(
            new TableDefinition { Name = "$lambda", Key = new KeySchema(new KeyAttribute("pk", AttributeType.S)) });
        return store;
    }

    private string PathOf(string name) => Path.Combine(Data, "blobs", name[..2], name);

    private void Spoil(string name)
    {
        using var file = File.OpenWrite(PathOf(name));
        file.Position = 1000;
        file.WriteByte((byte)(Bytes(5000)[1000] ^ 1));
    }

    private async Task<(int ExitCode, string Output)> RunAsync(string command, params string[] more)
    {
        await using var output = new StringWriter();
        string[] args = ["--data", Data, .. more];
        var exitCode = command switch
        {
            "verify" => await Verify.RunAsync(CommandLine.Parse(args, Verify.Flags, _ => null), output, output),
            "repair" => await Repair.RunAsync(CommandLine.Parse(args, Repair.Flags, _ => null), output, output),
            _ => await Stats.RunAsync(CommandLine.Parse(args, Stats.Flags, _ => null), output, output),
        };
        return (exitCode, output.ToString());
    }
}
