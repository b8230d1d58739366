using System.Globalization;
using Storage.Simulation.Device;

namespace Storage.Simulation.Rig;

/// <summary>
/// An image with all that is needed to open it again and to say whether it is right: files, and a line for each record
/// that it may end with. As the store's threads are real ones, a seed does not promise the same image twice; this does.
/// </summary>
/// <param name="Files">Name and bytes.</param>
/// <param name="Time">The clock when it was opened.</param>
/// <param name="Expected">Records it may end with, each with the digest of the content then.</param>
internal sealed record ImageDump(
    IReadOnlyList<(string Name, byte[] Bytes)> Files, DateTimeOffset Time, IReadOnlyList<(long Lsn, ulong Digest)> Expected)
{
    private const string ExpectedName = "expected.txt";

    /// <summary>Writes the dump into a new directory and returns its path.</summary>
    internal string Write(string parent, string name)
    {
        var directory = Path.Combine(parent, name);
        Directory.CreateDirectory(directory);
        foreach (var (file, bytes) in Files)
        {
            File.WriteAllBytes(Path.Combine(directory, file), bytes);
        }

        File.WriteAllLines(
            Path.Combine(directory, ExpectedName),
            Expected.Select(line => string.Create(CultureInfo.InvariantCulture, $"{line.Lsn} {line.Digest:x16}"))
                .Prepend(Time.Ticks.ToString(CultureInfo.InvariantCulture)));
        return directory;
    }

    internal static ImageDump Read(string directory)
    {
        var lines = File.ReadAllLines(Path.Combine(directory, ExpectedName));
        return new ImageDump(
            [.. Directory.GetFiles(directory)
                .Where(path => Path.GetFileName(path) != ExpectedName)
                .Select(path => (Path.GetFileName(path), File.ReadAllBytes(path)))],
            new DateTimeOffset(long.Parse(lines[0], CultureInfo.InvariantCulture), TimeSpan.Zero),
            [.. lines.Skip(1).Select(line => line.Split(' ')).Select(parts => (
                long.Parse(parts[0], CultureInfo.InvariantCulture),
                ulong.Parse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture)))]);
    }

    /// <summary>Opens the image; says what is wrong with what is found, or null.</summary>
    internal string? Replay()
    {
        var files = new SimulatedFiles();
        for (var i = 0; i < Files.Count; i++)
        {
            files.Place(Files[i].Name, new FileContent(i, Files[i].Bytes, Files[i].Bytes.Length, shared: true));
        }

        try
        {
            var found = SimulatedStore.Look(files, new SimulatedClock { Now = Time }, []);
            var (lsn, digest) = (found.Lsn, found.Digest);
            var expected = Expected.Where(line => line.Lsn == lsn).ToArray();
            return expected.Length == 0 ? $"ends with record {lsn}, not one of {Expected[0].Lsn} to {Expected[^1].Lsn}"
                : expected[0].Digest != digest ? $"ends with record {lsn}, but does not hold what was there then"
                : null;
        }
        catch (Exception refusal) when (refusal is IOException or InvalidDataException)
        {
            return $"does not open: {refusal}";
        }
    }
}
