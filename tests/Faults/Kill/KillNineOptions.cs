namespace Storage.Faults.Kill;

/// <summary>How a kill -9 campaign runs.</summary>
internal sealed record KillNineOptions
{
    /// <summary>Path of the server's built assembly.</summary>
    internal required string ServerAssembly { get; init; }

    /// <summary>The store's directory: used by every loop, left as it is at the end.</summary>
    internal required string Directory { get; init; }

    /// <summary>How often the server is killed under load.</summary>
    internal required int Loops { get; init; }

    /// <summary>Seed of what is written and when the server is killed. How far it got by then, the machine decides.</summary>
    internal int Seed { get; init; } = 1;

    /// <summary>Writers of versions; each owns <see cref="KeysPerWriter"/> keys.</summary>
    internal int KeyWriters { get; init; } = 4;

    internal int KeysPerWriter { get; init; } = 100;

    /// <summary>Writers of transfers between accounts.</summary>
    internal int TransferWriters { get; init; } = 3;

    /// <summary>So many requests of a loop are answered before the server is killed, by chance.</summary>
    internal (int From, int To) Answers { get; init; } = (10, 300);

    /// <summary>And then it still runs so long, milliseconds, by chance: the kill falls anywhere.</summary>
    internal int MoreMillisecondsMax { get; init; } = 20;

    /// <summary>One loop in this many also kills a server while it opens the store.</summary>
    internal int LoopsPerKilledOpening { get; init; } = 5;

    /// <summary>A server being opened is killed this long after its process starts, milliseconds, by chance.</summary>
    internal (int From, int To) OpeningMilliseconds { get; init; } = (150, 600);

    /// <summary>Arguments of the server besides port and directory.</summary>
    internal IReadOnlyList<string> ServerArguments { get; init; } = [];

    /// <summary>Told after every loop.</summary>
    internal Action<KillNineCounts>? Progress { get; init; }
}
