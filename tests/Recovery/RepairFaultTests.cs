using Storage.Engine.Model;
using Storage.Tests.Files;
using Xunit;
using static Storage.Tests.Recovery.VerifyFixture;

namespace Storage.Tests.Recovery;

/// <summary>Any single fault in any file: verify says so or the state is the same; repair makes a clean store of what is left.</summary>
public sealed class RepairFaultTests
{
    private const int Faults = 120;

    [Fact]
    public async Task Every_fault_is_found_or_harmless_and_every_repair_verifies_clean()
    {
        var files = await CheckpointedAsync();
        var clean = await VerifyAsync(files);
        for (var seed = 0; seed < Faults; seed++)
        {
            var damaged = files.Copy();
            var fault = Inject(damaged, new Random(seed));
            try
            {
                var report = await VerifyAsync(damaged);
                Assert.True(!report.IsClean || report.FoldHash == clean.FoldHash, "verify calls it clean, but it is not the same state");
                var (repaired, _, findings) = await RepairAsync(damaged);
                if (!findings.Exists(finding => finding.Kind == FindingKind.Loss))
                {
                    await RequireSameTablesAsync(files, repaired);
                }
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Seed {seed}, {fault}: {failure.Message}", failure);
            }
        }
    }

    private static string Inject(MemoryFiles files, Random random)
    {
        var names = files.List();
        var name = names[random.Next(names.Count)];
        var file = files[name];
        var length = (int)file.LengthBytes;
        var offset = random.Next(length);
        var sector = new byte[512];
        switch (random.Next(7))
        {
            case 0:
                files.Delete(name);
                return $"{name} deleted";
            case 1:
                file.SetLength(offset);
                return $"{name} cut at {offset}";
            case 2:
                file.Write(offset / 512 * 512, sector.AsSpan(0, Math.Min(512, length - (offset / 512 * 512))));
                return $"{name} sector at {offset / 512 * 512} zeroed";
            case 3:
                random.NextBytes(sector);
                file.Write(offset, sector.AsSpan(0, Math.Min(random.Next(1, 512), length - offset)));
                return $"{name} overwritten at {offset}";
            case 4:
                var from = random.Next(length);
                var moved = file.Bytes.AsSpan(from, Math.Min(512, length - Math.Max(from, offset))).ToArray();
                file.Write(offset, moved);
                return $"{name} {moved.Length} bytes of {from} written at {offset}";
            case 5:
                var other = names[random.Next(names.Count)];
                var content = files[other].Bytes;
                files.Delete(name);
                files.Open(name, create: true).Write(0, content);
                return $"{name} replaced by {other}";
            default:
                var bit = random.Next(8);
                file.Write(offset, [(byte)(file.Bytes[offset] ^ (1 << bit))]);
                return $"{name} bit {bit} of byte {offset} flipped";
        }
    }
}
