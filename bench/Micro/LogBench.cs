using BenchmarkDotNet.Attributes;
using Storage.Bench.Embedded;
using Storage.Engine.Files;
using Storage.Engine.Log;

namespace Storage.Bench.Micro;

/// <summary>One append of 300 bytes: numbered only, and on disk with one wait per thousand.</summary>
[MemoryDiagnoser]
public class LogBench : IDisposable
{
    private const int Appends = 1000;

    private readonly RecordBuilder record = LogRate.Record();
    private ScratchDirectory? scratch;
    private DiskLog? disk;
    private MemoryLog? memory;
    private LogOptions options = new();

    [GlobalSetup]
    public void Open()
    {
        scratch = new ScratchDirectory(null);
        options = new LogOptions();
        disk = DiskLog.Open(new DiskFiles(scratch.File("data")), options, from: null, new LogRate.NoRecords());
        memory = new MemoryLog();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        disk?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        memory?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        scratch?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public long MemoryAppend() => memory!.Append(record);

    [Benchmark(OperationsPerInvoke = Appends)]
    public async Task DiskAppend()
    {
        for (var i = 0; i < Appends; i++)
        {
            disk!.Append(record);
        }

        await disk!.WaitUntilDurableAsync(disk.LastLsn, CancellationToken.None);
    }
}
