using Storage.Engine.Partitions;

namespace Storage.Engine.Tables;

/// <summary>What the log folds into: empty at first, then whatever <see cref="Applier"/> applied.</summary>
internal sealed class DatabaseState
{
    internal DatabaseState()
    {
        var directory = new PartitionDirectory();
        directory.Add(System.Catalog);
        directory.Add(System.Tokens);
        Catalog = new Catalog(directory);
        Tokens = new RequestTokens(System.Tokens);
        Applier = new ChangeApplier(directory, Catalog, Tokens);
    }

    internal SystemTables System { get; } = new();

    internal Catalog Catalog { get; }

    internal RequestTokens Tokens { get; }

    internal ChangeApplier Applier { get; }
}
