namespace Storage.Server.Lambda.Environments;

/// <summary>What all environments of an executor share of this machine.</summary>
internal sealed class Machine : IAsyncDisposable
{
    internal Machine(string root, MemoryLimits memory, TextWriter warnings)
    {
        Bootstraps.Unpack(Path.Combine(root, "runtime"));
        Memory = memory;
        Tools = new Tools(warnings);
        Spawn = new SpawnThread();
        Output = new OutputPump();
        Guard = new Guard(ProcessTable.MarkOf(root), memory.GroupsDirectory, Tools, Spawn, warnings);
    }

    internal MemoryLimits Memory { get; }

    internal Tools Tools { get; }

    internal SpawnThread Spawn { get; }

    internal OutputPump Output { get; }

    internal Guard Guard { get; }

    /// <summary>Ends what an executor on this root that was killed has left, processes and files.</summary>
    internal static void Sweep(string root, MemoryLimits memory)
    {
        const int RoundsMax = 400;
        if (!Directory.Exists(root))
        {
            return;
        }

        var mark = ProcessTable.MarkOf(root);
        for (var round = 0; round < RoundsMax; round++)
        {
            memory.Sweep();
            var found = ProcessTable.Find(mark);
            if (found.Count == 0)
            {
                break;
            }

            found.ForEach(Posix.Kill);
            Thread.Sleep(Math.Min(1 + round, 20));
        }

        CodePackages.Delete(Path.Combine(root, "environments"));
        CodePackages.Delete(Path.Combine(root, "code"));
    }

    public async ValueTask DisposeAsync()
    {
        await Guard.DisposeAsync();
        Output.Dispose();
        Spawn.Dispose();
    }
}
