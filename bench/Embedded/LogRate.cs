using System.Globalization;
using Storage.Engine.Files;
using Storage.Engine.Log;

namespace Storage.Bench.Embedded;

/// <summary>
/// Durable appends per second with so many in flight, beside what the bare disk does in the same minute: one positioned
/// write and one sync in a file of zeros. One in flight can be no faster than that.
/// </summary>
internal static class LogRate
{
    private const int BodyBytes = 216; // with participant and header, 296 bytes

    internal static async Task<int> RunAsync(Arguments arguments)
    {
        var duration = TimeSpan.FromSeconds(Math.Max(1, arguments.Number("--seconds", 3, 60)));
        using var scratch = new ScratchDirectory(arguments.Text("--data"));
        var report = new Report(
            "Durable appends of 300 bytes", scratch.FullPath, "What", "In flight", "Appends/s", "p50 µs", "p99 µs", "Allocated B/op");
        var files = new DiskFiles(scratch.File("data"));
        using (var file = files.Open("bare", create: true))
        {
            file.Write(0, new byte[64 << 20]);
            file.Sync();
            var sector = new byte[512];
            Add("write + sync", 1, await ClosedLoop.RunAsync(1, duration, (_, count) =>
            {
                file.Write(count % 100_000 * sector.Length, sector);
                file.Sync();
                return ValueTask.CompletedTask;
            }));
        }

        await using var log = DiskLog.Open(files, new LogOptions(), from: null, new NoRecords());
        foreach (var inFlight in new[] { 1, 16, 64, 256 })
        {
            var records = Enumerable.Range(0, inFlight).Select(_ => Record()).ToArray();
            Add("log", inFlight, await ClosedLoop.RunAsync(inFlight, duration, async (worker, _) =>
            {
                if (!log.HasRoom)
                {
                    await log.WaitForRoomAsync(default);
                }

                await log.WaitUntilDurableAsync(log.Append(records[worker]), default);
            }));
        }

        report.Finish("log", arguments.Has("--save"));
        return 0;

        void Add(string what, int inFlight, LoopResult result) => report.Row(
            what,
            inFlight.ToString(CultureInfo.InvariantCulture),
            result.PerSecond.ToString("N0", CultureInfo.InvariantCulture),
            result.P50Us.ToString("N0", CultureInfo.InvariantCulture),
            result.P99Us.ToString("N0", CultureInfo.InvariantCulture),
            result.AllocatedBytes.ToString("N0", CultureInfo.InvariantCulture));
    }

    internal static RecordBuilder Record()
    {
        var record = new RecordBuilder();
        record.AddParticipant(new Participant(1, 1, 1));
        record.GetSpan(BodyBytes)[..BodyBytes].Fill(7);
        record.Advance(BodyBytes);
        return record;
    }

    internal sealed class NoRecords : IRecordSink
    {
        public void Apply(in LogRecord record)
        {
        }
    }
}
