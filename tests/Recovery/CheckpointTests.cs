using Storage.Engine;
using Storage.Engine.Log;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Recovery;

/// <summary>Checkpoints take over the log's past and change nothing that anybody sees. Source: docs/decisions/0004.</summary>
public sealed class CheckpointTests
{
    /// <summary>Nobody makes room any more: who waits for it must hear so, and not wait for ever.</summary>
    [Fact]
    public async Task Writers_that_wait_for_memory_are_told_when_the_store_is_closed()
    {
        await using var store = await FileStore.OpenAsync(new MemoryFiles(), FileStore.Small with { MemoryBytesMax = 64 * 1024 });
        await store.Store.CreateTableAsync(FileStore.Definition("Things"));
        var puts = Enumerable.Range(0, 2000).Select(n => store.Store.PutAsync("Things", FileStore.ItemOf(n)).AsTask()).ToArray();
        await store.DisposeAsync(); // and once more, at the end: that is nothing
        await ((Task)Task.WhenAll(puts)).WaitAsync(TimeSpan.FromMinutes(1)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Assert.All(puts, put => Assert.True(put.IsCompleted));
        Assert.Contains(puts, put => put.Exception?.InnerException is ObjectDisposedException);
    }

    [Fact]
    public async Task A_checkpoint_changes_nothing_that_is_read_and_lets_go_of_the_log()
    {
        await using var store = await FileStore.OpenAsync(new MemoryFiles());
        await store.Store.CreateTableAsync(FileStore.Definition("Things"));
        await store.PutAsync("Things", 0, 300);
        var before = await store.ContentAsync();
        var segments = store.Segments;
        Assert.True(segments > 3);

        await store.Checkpointer.CheckpointAsync(default);

        Assert.Equal(before, await store.ContentAsync());
        Assert.Equal(1, store.Segments);
        Assert.Single(store.Manifest.Runs);
    }

    [Fact]
    public async Task A_store_opens_from_its_runs_and_the_tail_of_its_log()
    {
        var files = new MemoryFiles();
        string before;
        await using (var store = await FileStore.OpenAsync(files))
        {
            await store.Store.CreateTableAsync(FileStore.Definition("Things"));
            await store.PutAsync("Things", 0, 200);
            await store.Checkpointer.CheckpointAsync(default);
            await store.PutAsync("Things", 100, 200, "changed");
            for (var n = 50; n < 120; n++)
            {
                await store.Store.DeleteAsync("Things", FileStore.KeyOf(n));
            }

            await store.Store.CreateTableAsync(FileStore.Definition("More"));
            await store.PutAsync("More", 0, 10);
            before = await store.ContentAsync();
        }

        for (var turn = 0; turn < 3; turn++)
        {
            await using var again = await FileStore.OpenAsync(files);
            Assert.Equal(before, await again.ContentAsync());
            await again.Checkpointer.CheckpointAsync(default);
            Assert.Equal(before, await again.ContentAsync());
        }
    }

    [Fact]
    public async Task A_checkpoint_without_changes_writes_nothing()
    {
        await using var store = await FileStore.OpenAsync(new MemoryFiles());
        await store.Store.CreateTableAsync(FileStore.Definition("Things"));
        await store.Checkpointer.CheckpointAsync(default);
        var writes = store.Files.Count(FileOperation.Write);

        await store.Checkpointer.CheckpointAsync(default);

        Assert.Equal(writes, store.Files.Count(FileOperation.Write));
    }

    [Fact]
    public async Task Merges_keep_the_runs_few_and_the_content_the_same()
    {
        var files = new MemoryFiles();
        await using var store = await FileStore.OpenAsync(files);
        await store.Store.CreateTableAsync(FileStore.Definition("Things"));
        for (var round = 0; round < 30; round++)
        {
            await store.PutAsync("Things", round * 10, 25, $"round {round}");
            await store.Store.DeleteAsync("Things", FileStore.KeyOf(round * 10));
            await store.Checkpointer.CheckpointAsync(default);
            var before = await store.ContentAsync();
            await store.Checkpointer.MergeAsync(default);
            Assert.Equal(before, await store.ContentAsync());
            Assert.InRange(store.Manifest.Runs.Count, 1, 8);
        }

        // Superseded files are gone, those in use are not.
        Assert.Equal(store.Manifest.Runs.Count, files.List().Count(name => name.EndsWith(".run", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Entries_of_a_dropped_table_die_in_a_merge_behind_the_drop()
    {
        await using var store = await FileStore.OpenAsync(new MemoryFiles());
        foreach (var name in new[] { "Gone", "Kept", "Last" })
        {
            await store.Store.CreateTableAsync(FileStore.Definition(name));
            await store.PutAsync(name, 0, 50);
            await store.Checkpointer.CheckpointAsync(default);
        }

        var withAll = store.Manifest.Runs.Sum(run => run.EntryCount);
        await store.Store.DeleteTableAsync("Gone");
        var content = await store.ContentAsync();
        await store.Checkpointer.CheckpointAsync(default);
        await store.Checkpointer.MergeAsync(default);

        // An item and its index entry each, and the states of two partitions of table and index.
        var left = Assert.Single(store.Manifest.Runs);
        Assert.InRange(left.EntryCount, 200, withAll - 100);
        Assert.Equal(0, left.RemovalCount);
        Assert.Equal(content, await store.ContentAsync());
    }

    [Theory]
    [InlineData(nameof(FileOperation.Write))]
    [InlineData(nameof(FileOperation.Sync))]
    [InlineData(nameof(FileOperation.SyncDirectory))]
    public async Task A_checkpoint_that_fails_is_made_later_and_nothing_is_missing_meanwhile(string operationName)
    {
        var failing = Enum.Parse<FileOperation>(operationName);
        var files = new MemoryFiles();
        await using var store = await FileStore.OpenAsync(files);
        await store.Store.CreateTableAsync(FileStore.Definition("Things"));
        await store.PutAsync("Things", 0, 100);
        for (var attempt = 1; attempt <= 4; attempt++)
        {
            var countdown = attempt;
            files.Before = (operation, name) =>
            {
                if (operation == failing && !name.EndsWith(".log", StringComparison.Ordinal) && --countdown == 0)
                {
                    throw new IOException("No space left on device");
                }
            };
            var failed = await Record.ExceptionAsync(() => store.Checkpointer.CheckpointAsync(default));
            files.Before = null;
            Assert.True(failed is null or IOException, failed?.ToString());

            await store.PutAsync("Things", attempt * 100, 20);
            var content = await store.ContentAsync();
            await using var crashed = await FileStore.OpenAsync(files.Crash());
            Assert.Equal(content, await crashed.ContentAsync());
        }

        var before = await store.ContentAsync();
        await store.Checkpointer.CheckpointAsync(default);
        Assert.Equal(before, await store.ContentAsync());
        Assert.Equal(180, store.Store.Database.Catalog.Find("Things")!.ItemCount);
    }

    [Fact]
    public async Task Nothing_becomes_permanent_after_the_log_failed()
    {
        var files = new MemoryFiles();
        var store = await FileStore.OpenAsync(files);
        await store.Store.CreateTableAsync(FileStore.Definition("Things"));
        var manifest = store.Manifest;
        files.Before = (operation, name) =>
        {
            if (operation == FileOperation.Sync && name.EndsWith(".log", StringComparison.Ordinal))
            {
                throw new IOException("Input/output error");
            }
        };

        await Assert.ThrowsAnyAsync<IOException>(() => store.PutAsync("Things", 0, 1));
        await Assert.ThrowsAsync<LogPoisonedException>(() => store.Checkpointer.CheckpointAsync(default));

        Assert.Same(manifest, store.Manifest);
        await store.DisposeAsync();
    }

    [Fact]
    public async Task A_request_token_is_remembered_through_checkpoints()
    {
        var files = new MemoryFiles();
        await using (var store = await FileStore.OpenAsync(files))
        {
            await store.Store.CreateTableAsync(FileStore.Definition("Things"));
            await AddAsync(store);
            await store.Checkpointer.CheckpointAsync(default);
            await AddAsync(store);
        }

        await using var again = await FileStore.OpenAsync(files);
        await AddAsync(again);
        Assert.Equal(1, (await again.Store.GetAsync("Things", FileStore.KeyOf(1)))!["Count"].AsInt64());

        static async Task AddAsync(FileStore store) => await store.Store.TransactWriteAsync(
            [TransactAction.Update("Things", FileStore.KeyOf(1), "ADD #c :one", new WriteOptions
            {
                Names = new Dictionary<string, string> { ["#c"] = "Count" },
                Values = Item.Of((":one", 1)),
            })],
            "token-1");
    }

    [Fact]
    public async Task Background_checkpoints_follow_the_log_and_the_memory()
    {
        var options = FileStore.Small with
        {
            InBackground = true, CheckpointMemoryBytes = 64 * 1024, MemoryBytesMax = 96 * 1024, CheckpointLogBytes = 64 * 1024,
        };
        await using var store = await FileStore.OpenAsync(new MemoryFiles(), options);
        await store.Store.CreateTableAsync(FileStore.Definition("Things"));

        // Far more than the memory: writers get room only from checkpoints.
        await store.PutAsync("Things", 0, 3000);

        Assert.True(store.Checkpointer.CheckpointCount > 3);
        Assert.Equal(3000, store.Store.Database.Catalog.Find("Things")!.ItemCount);
    }

    [Fact]
    public async Task Two_thousand_small_tables_take_a_few_files()
    {
        var files = new MemoryFiles();
        await using (var store = await FileStore.OpenAsync(files))
        {
            for (var i = 0; i < 2000; i++)
            {
                await store.Store.CreateTableAsync(FileStore.Definition($"Table{i:D4}"));
                await store.Store.PutAsync($"Table{i:D4}", FileStore.ItemOf(i));
            }

            await store.Checkpointer.CheckpointAsync(default);
        }

        Assert.InRange(files.List().Count, 1, 5);
        await using var again = await FileStore.OpenAsync(files);
        Assert.Equal(2000, (await again.Store.ListTablesAsync()).Count);
        Assert.NotNull(await again.Store.GetAsync("Table1234", FileStore.KeyOf(1234)));
    }
}
