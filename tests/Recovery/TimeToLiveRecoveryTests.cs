using System.Buffers.Binary;
using Microsoft.Extensions.Time.Testing;
using Storage.Engine;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Storage.Engine.Tables;
using Storage.Tests.Files;
using Storage.Tests.Tables;
using Xunit;
using static Storage.Tests.Recovery.VerifyFixture;
using OpenedStore = Storage.Tests.Tables.OpenedStore;

namespace Storage.Tests.Recovery;

/// <summary>Time to live through crashes, verify, repair and statistics.</summary>
public sealed class TimeToLiveRecoveryTests
{
    private const string Name = "TableT";
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);

    /// <summary>Any moment of a sweep may be the last: what is there then is whole, and the next sweep finishes.</summary>
    [Fact]
    public async Task A_sweep_that_power_fails_under_is_finished_after_the_next_opening()
    {
        const int Due = 40;
        const int Staying = 10;
        var files = new MemoryFiles();
        var images = new List<MemoryFiles>();
        await using (var store = await OpenAsync(files))
        {
            await store.CreateTableAsync(OpenedStore.Definition(Name) with { TimeToLive = "T" });
            for (var i = 0; i < Due + Staying; i++)
            {
                await store.PutAsync(Name, ItemOf(i, Start.ToUnixTimeSeconds() + (i < Due ? -i : 1000)));
                if (i == Due / 2)
                {
                    await store.Checkpointer!.CheckpointAsync(default);
                }
            }

            var chance = new Random(5);
            files.Before = (operation, _) =>
            {
                if (operation == FileOperation.Sync)
                {
                    images.Add(files.Crash(chance));
                }
            };
            Assert.Equal(Due, await store.SweepExpiredAsync());
            files.Before = null;
        }

        Assert.NotEmpty(images);
        foreach (var image in images)
        {
            long left;
            await using (var store = await OpenAsync(image))
            {
                var table = store.Database.Catalog.Find(Name)!;
                left = table.ItemCount;
                Assert.InRange(left, Staying, Due + Staying);
                Assert.Equal(left, ExpiryEntries.Of(table).Count);
                Assert.Equal(left - Staying, await store.SweepExpiredAsync());
                Assert.Equal(Staying, table.ItemCount);
            }

            await CleanAsync(image);
        }
    }

    [Fact]
    public async Task A_switch_that_was_being_made_is_finished_after_the_next_opening()
    {
        var files = new MemoryFiles();
        var store = await OpenAsync(files);
        await store.CreateTableAsync(OpenedStore.Definition(Name));
        for (var i = 0; i < 300; i++)
        {
            await store.PutAsync(Name, ItemOf(i, Start.ToUnixTimeSeconds() - 1));
        }

        await store.Checkpointer!.CheckpointAsync(default);
        var switching = store.UpdateTimeToLiveAsync(Name, "T").AsTask();
        await switching;
        var killed = files.Kill();
        await store.DisposeAsync();

        await using (var again = await OpenAsync(killed))
        {
            await again.Database.WaitForBackfillsAsync(again.Database.Catalog.Find(Name)!, default);
            Assert.Equal(300, await again.SweepExpiredAsync());
        }

        await CleanAsync(killed);
    }

    [Fact]
    public async Task Verify_finds_an_entry_that_is_missing_and_one_that_no_item_asks_for()
    {
        var files = new MemoryFiles();
        var id = 0u;
        await using (var store = await OpenAsync(files))
        {
            await store.CreateTableAsync(OpenedStore.Definition(Name) with { TimeToLive = "T" });
            await store.PutAsync(Name, ItemOf(1, 1_800_000_000));
            await store.PutAsync(Name, ItemOf(2, 1_800_000_000));
            id = store.Database.Catalog.Find(Name)!.Expiry!.Stored.Id;
            await store.Checkpointer!.CheckpointAsync(default);
        }

        // The entry of the second item expires later than the item says.
        VerifyRunTests.RewriteRuns(files, (key, value, add) =>
        {
            var entry = key.ToArray();
            if (BinaryPrimitives.ReadUInt32BigEndian(key) == id && key[^3] == (byte)'2')
            {
                BinaryPrimitives.WriteUInt64BigEndian(entry.AsSpan(KeyBuffer.HashOffset), 1_900_000_000);
            }

            add(entry, value);
        });
        var texts = (await VerifyAsync(files)).Findings.Select(finding => finding.Text).ToList();
        Assert.Equal(
            [
                "The expiry index of table TableT: the entry expiry 1800000000 of the item P \"p\", S \"2\" is missing.",
                "The expiry index of table TableT: the entry expiry 1900000000 of the item P \"p\", S \"2\" has no item that asks for it.",
            ],
            texts);
    }

    [Fact]
    public async Task Repair_and_statistics_know_a_table_with_time_to_live()
    {
        var files = new MemoryFiles();
        var later = DateTimeOffset.UtcNow.AddYears(100).ToUnixTimeSeconds();
        await using (var store = await OpenAsync(files))
        {
            await store.CreateTableAsync(OpenedStore.Definition(Name, OpenedStore.Index("ByO", "O")) with { TimeToLive = "T" });
            for (var i = 0; i < 60; i++)
            {
                await store.PutAsync(Name, ItemOf(i, later + i));
                if (i % 20 == 19)
                {
                    await store.Checkpointer!.CheckpointAsync(default);
                }
            }

            await store.PutAsync(Name, ItemOf(0, later + 1000));
            var statistics = await store.GetStatisticsAsync();
            Assert.Equal(60, Assert.Single(statistics.Tables).ItemCount);
            Assert.Single(Assert.Single(statistics.Tables).Indexes);
        }

        await CleanAsync(files);
        var (repaired, _, findings) = await RepairAsync(files);
        Assert.Empty(findings);
        await RequireSameTablesAsync(files, repaired);
        await using var again = await OpenAsync(repaired);
        Assert.Equal("T", (await again.FindTableAsync(Name))!.TimeToLive);
        Assert.Equal(60, ExpiryEntries.Of(again.Database.Catalog.Find(Name)!).Count);

        // A damaged block of the expiry index's entries is named as what it is.
        var run = files.List().First(name => name.EndsWith(".run", StringComparison.Ordinal));
        for (var block = 0; block < files[run].Bytes.Length; block += 512)
        {
            var (mended, _, _) = await RepairAsync(Damaged(files, run, bytes => bytes[Math.Min(block + 100, bytes.Length - 1)] ^= 0x55));
            await CleanAsync(mended);
        }
    }

    /// <summary>What cannot be read is not removed; the rest is, and the store goes on.</summary>
    [Fact]
    public async Task A_damaged_expiry_index_is_left_for_later_and_other_tables_are_swept()
    {
        var files = new MemoryFiles();
        await using (var store = await OpenAsync(files))
        {
            await store.CreateTableAsync(OpenedStore.Definition(Name) with { TimeToLive = "T" });
            for (var i = 0; i < 200; i++)
            {
                await store.PutAsync(Name, ItemOf(i, Start.ToUnixTimeSeconds() - 1));
            }

            await store.Checkpointer!.CheckpointAsync(default);
            await store.CreateTableAsync(OpenedStore.Definition("TableU") with { TimeToLive = "T" });
            await store.PutAsync("TableU", ItemOf(1, Start.ToUnixTimeSeconds() - 1));
        }

        var run = files.List().Single(name => name.EndsWith(".run", StringComparison.Ordinal));
        var wasLeft = false;
        for (var block = 1; block < 6; block++)
        {
            // Entries of the index come behind the items: its blocks are the last before the inner ones.
            var at = files[run].Bytes.Length * block / 6;
            var damaged = Damaged(files, run, bytes => bytes.AsSpan(at, 600).Fill(0xEE));
            Engine.Store store;
            try
            {
                store = await OpenAsync(damaged);
            }
            catch (InvalidDataException)
            {
                continue; // a block that opening itself needs
            }

            await using (store)
            {
                var removed = await store.SweepExpiredAsync();
                Assert.Null(await store.GetAsync("TableU", OpenedStore.Key("p", "1")));
                Assert.Null(store.WritesStoppedBecause);
                if (store.Database.Sweep.HasLeftovers)
                {
                    wasLeft = true;
                    Assert.InRange(store.Database.Sweep.NextSeconds, 0, Start.ToUnixTimeSeconds());
                }
                else
                {
                    Assert.InRange(removed, 201, 201);
                }
            }
        }

        Assert.True(wasLeft);
    }

    /// <summary>docs/FILE_FORMATS.md, The catalog: a table without time to live is written as before.</summary>
    [Fact]
    public void A_catalog_item_needs_version_2_for_time_to_live_only()
    {
        var plain = new StoredTable
        {
            Definition = OpenedStore.Definition(Name),
            Id = 16,
            TableId = Guid.Parse("00112233-4455-4677-8899-aabbccddeeff"),
            CreatedMicros = 1,
            FirstPartitionId = 64,
            PartitionCount = 2,
            Indexes = [],
        };
        var expiring = plain with
        {
            Definition = plain.Definition with { TimeToLive = "expires" },
            Expiry = new StoredIndex(17, 66, 1, IndexStatus.Creating),
        };
        foreach (var (table, version) in ((StoredTable, long)[])[(plain, 1), (expiring, 2)])
        {
            using var item = ValueWriter.Rent();
            CatalogItem.Write(table, item);
            var view = new ValueView(item.Written);
            Assert.Equal(version, CatalogItem.ReadNumber(view, "version"u8));
            var read = CatalogItem.Read(view);
            Assert.Equal(table.Definition.TimeToLive, read.Definition.TimeToLive);
            Assert.Equal(table.Expiry, read.Expiry);
            using var again = ValueWriter.Rent();
            CatalogItem.Write(read, again);
            Assert.True(item.Written.SequenceEqual(again.Written));
        }
    }

    private static async Task CleanAsync(MemoryFiles files)
    {
        var verified = await VerifyAsync(files);
        Assert.DoesNotContain(verified.Findings, finding => finding.Kind == FindingKind.Damage);
        Assert.NotNull(verified.FoldHash);
    }

    private static Item ItemOf(int number, long expiry) => Item.Of(
        ("P", "p"), ("S", $"{number}"), ("T", expiry), ("O", $"o{number % 3}"), ("Text", "some text that fills a little of the log"));

    private static async Task<Engine.Store> OpenAsync(MemoryFiles files) => await Engine.Store.OpenAsync(new StoreOptions
    {
        Files = files,
        Seed = 1,
        InitialPartitions = 2,
        Log = SmallLog,
        Checkpoints = FileStore.Small,
        Time = new FakeTimeProvider(Start),
        ExpirySweepPeriod = null,
    });
}
