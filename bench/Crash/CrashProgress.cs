using System.Text.Json;
using Storage.Simulation.Images;
using Storage.Simulation.Rig;

namespace Storage.Bench.Crash;

/// <summary>How far a campaign has come; kept in a file that is replaced as a whole.</summary>
internal sealed record CrashProgress
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public int From { get; init; }

    public int To { get; init; }

    /// <summary>First seed that is not done.</summary>
    public int Next { get; set; }

    /// <summary>Distinct images opened and compared.</summary>
    public long Images { get; set; }

    /// <summary>Those of them that were crashes of second lives.</summary>
    public long SecondLifeImages { get; set; }

    /// <summary>Images lived on with.</summary>
    public long SecondLives { get; set; }

    /// <summary>Images opened once more with a bit of their runs turned.</summary>
    public long DamagedImages { get; set; }

    /// <summary>Inputs and outputs at which lives were crashed.</summary>
    public long Events { get; set; }

    public long Records { get; set; }

    public double Seconds { get; set; }

    /// <summary>Images of first lives by what the crash left.</summary>
    public SortedDictionary<string, long> ByKind { get; init; } = [];

    public List<string> Violations { get; init; } = [];

    internal void Add(CrashRun run, string artifacts)
    {
        Images += run.Images;
        SecondLifeImages += run.SecondImages;
        SecondLives += run.SecondLives;
        DamagedImages += run.DamagedImages;
        Events += run.Events;
        Records += run.Records;
        foreach (var kind in Enum.GetValues<CrashKind>())
        {
            ByKind[kind.ToString()] = ByKind.GetValueOrDefault(kind.ToString()) + run.ByKind[(int)kind];
        }

        Violations.AddRange(run.Violations.Select(violation => violation.Keep(artifacts)));
    }

    internal static CrashProgress? Load(string file) =>
        File.Exists(file) ? JsonSerializer.Deserialize<CrashProgress>(File.ReadAllText(file)) : null;

    internal void Save(string file)
    {
        File.WriteAllText(file + ".new", JsonSerializer.Serialize(this, Indented));
        File.Move(file + ".new", file, overwrite: true);
    }
}
