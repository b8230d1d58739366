using Storage.Engine;
using Storage.Simulation.Device;
using Storage.Simulation.Images;
using Storage.Simulation.Rig;
using Storage.Simulation.Workload;
using Xunit;

namespace Storage.Tests.Crash;

/// <summary>What a process finds that another one left, and shows, stays: whatever the disk really had of it.</summary>
public sealed class ReopeningTests
{
    /// <summary>After a failed sync the system shows pages that it never wrote, and takes them for written.</summary>
    [Fact]
    public async Task What_a_failed_sync_left_is_written_again_by_the_next_opening()
    {
        var trace = new FileTrace();
        var faults = new FaultPlan();
        var clock = new SimulatedClock();
        var files = new SimulatedFiles(trace, faults);
        var (store, _) = SimulatedStore.Open(files, clock, 1);
        await store.CreateTableAsync(WorkloadTables.AccountsTable);
        faults.Add(new Fault(DeviceCall.Sync, ".log", 0));
        await Assert.ThrowsAnyAsync<Exception>(async () => await PutAsync(store, 1));
        files = files.Kill();
        await store.DisposeAsync();

        (store, _) = SimulatedStore.Open(files, clock, 1);
        Assert.NotNull(await store.GetAsync(WorkloadTables.Accounts, WorkloadTables.AccountKey(1)));
        var shown = trace.Count;
        files.Kill();
        await store.DisposeAsync();

        var device = new DeviceState();
        for (var i = 0; i < shown; i++)
        {
            device.Follow(trace.Events[i]);
        }

        (store, _) = SimulatedStore.Open(device.Image(new CrashVariant(CrashKind.Nothing, 0), null, out _), clock, 1);
        Assert.NotNull(await store.GetAsync(WorkloadTables.Accounts, WorkloadTables.AccountKey(1)));
        await store.DisposeAsync();
    }

    /// <summary>The manifest's new name may be in memory only; the one before needs the segments that the new one does not.</summary>
    [Fact]
    public async Task An_opening_deletes_nothing_before_the_manifest_it_read_is_durable()
    {
        var trace = new FileTrace();
        var clock = new SimulatedClock();
        var files = new SimulatedFiles(trace);
        var (store, checkpointer) = SimulatedStore.Open(files, clock, 1);
        await store.CreateTableAsync(WorkloadTables.AccountsTable);
        for (var i = 0; i < 60; i++)
        {
            await PutAsync(store, i, new byte[900]);
        }

        await checkpointer.CheckpointAsync(CancellationToken.None);
        files.Kill();
        await store.DisposeAsync();

        var renamed = Enumerable.Range(0, trace.Count).Last(i => trace.Events[i] is { Kind: TraceKind.Rename, To: "MANIFEST" });
        var device = new DeviceState();
        for (var i = 0; i <= renamed; i++)
        {
            device.Follow(trace.Events[i]);
        }

        var second = new FileTrace();
        var killed = device.Image(new CrashVariant(CrashKind.Killed, 0), second, out _);
        device = device.Clone();
        (store, _) = SimulatedStore.Open(killed, clock, 1);
        killed.Kill();
        await store.DisposeAsync();
        Assert.Contains(second.Events, happened => happened is { Kind: TraceKind.Delete, Name: "00000000.log" });
        foreach (var happened in second.Events)
        {
            device.Follow(happened);
            for (var seed = 0; seed < 16; seed++)
            {
                var variant = new CrashVariant(CrashKind.Sectors, (ulong)seed);
                Assert.Equal(61, SimulatedStore.Look(device.Image(variant, null, out _), clock, []).Lsn);
            }
        }
    }

    private static async Task PutAsync(Engine.Store store, int account, byte[]? bytes = null) => await store.PutAsync(
        WorkloadTables.Accounts, Item.Of(("P", WorkloadTables.AccountName(account)), ("V", bytes ?? [])));
}
