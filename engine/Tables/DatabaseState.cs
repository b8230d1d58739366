using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>
/// What the log folds into: empty at first, or what a checkpoint remembered, then whatever <see cref="Applier"/> applied.
/// </summary>
internal sealed class DatabaseState
{
    /// <summary>For a store in memory only.</summary>
    internal DatabaseState()
        : this(MemoryBudget.Unlimited())
    {
    }

    internal DatabaseState(MemoryBudget budget)
    {
        Budget = budget;
        System = new SystemTables(budget);
        Directory.Add(System.Catalog);
        Directory.Add(System.Tokens);
        Catalog = new Catalog(Directory, budget);
        Tokens = new RequestTokens(System.Tokens);
        Applier = new ChangeApplier(Directory, Catalog, Tokens, budget);
    }

    /// <summary>Bytes of active memory in all partitions.</summary>
    internal MemoryBudget Budget { get; }

    /// <summary>All partitions.</summary>
    internal PartitionDirectory Directory { get; } = new();

    internal SystemTables System { get; }

    internal Catalog Catalog { get; }

    internal RequestTokens Tokens { get; }

    internal ChangeApplier Applier { get; }

    /// <summary>Becomes what the log up to the runs' checkpoint folds into; before anything is applied.</summary>
    /// <exception cref="DamagedBlockException">A block that is needed is damaged.</exception>
    /// <exception cref="InvalidDataException">The runs hold what this build cannot have written.</exception>
    internal void Restore(RunSet runs) => new StateRestore(Directory, Catalog, Tokens).Run(runs);

    /// <summary>Lets all partitions read these runs, and with a newer checkpoint drop what they had frozen.</summary>
    internal void Publish(RunSet runs)
    {
        foreach (var partition in Directory.Partitions())
        {
            partition.Publish(runs);
        }
    }

    /// <summary>Lets go of the runs, once nobody writes any more; reads that need them fail from now on.</summary>
    internal void Close()
    {
        Catalog.CloseDropped(long.MaxValue);
        foreach (var partition in Directory.Partitions())
        {
            partition.Close(PartitionClosing.StoreClosed);
        }
    }
}
