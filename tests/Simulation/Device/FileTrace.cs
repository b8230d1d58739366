namespace Storage.Simulation.Device;

/// <summary>
/// Everything that happened to a simulated device, in order, and between the events the marks of the workload above it.
/// A crash is tried at every index: index n is the loss of power after the first n events.
/// </summary>
internal sealed class FileTrace
{
    private readonly Lock gate = new();
    private readonly List<TraceEvent> events = [];
    private readonly List<(int Index, TraceMark Mark, int Operation)> marks = [];

    /// <summary>Events so far.</summary>
    internal int Count
    {
        get
        {
            lock (gate)
            {
                return events.Count;
            }
        }
    }

    /// <summary>Marks so far.</summary>
    internal int MarkCount
    {
        get
        {
            lock (gate)
            {
                return marks.Count;
            }
        }
    }

    /// <summary>Files are numbered through the whole trace, so that a reopened device goes on where the first left off.</summary>
    internal int NextFile { get; set; }

    internal void Add(in TraceEvent happened)
    {
        lock (gate)
        {
            events.Add(happened);
        }
    }

    /// <summary>Notes that something happened to an operation, behind the last event.</summary>
    internal void Mark(TraceMark mark, int operation)
    {
        lock (gate)
        {
            marks.Add((events.Count, mark, operation));
        }
    }

    /// <summary>The events; for when the store is closed.</summary>
    internal IReadOnlyList<TraceEvent> Events => events;

    /// <summary>Marks in order; each with the number of events before it.</summary>
    internal IReadOnlyList<(int Index, TraceMark Mark, int Operation)> Marks => marks;
}

/// <summary>What a workload notes in a trace.</summary>
internal enum TraceMark : byte
{
    /// <summary>The operation was given to the store.</summary>
    Issued,

    /// <summary>The store answered: what the answer says must survive.</summary>
    Answered,

    /// <summary>The store opened: all that it found must survive from now on.</summary>
    Opened,

    /// <summary>A stream showed a change of a record; the record stands in the operation's place. It must survive.</summary>
    Shown,
}
