using Microsoft.Extensions.Time.Testing;
using Storage.Engine.Files;
using Storage.Engine.Log;
using Storage.Tests.Files;
using Xunit;

namespace Storage.Tests.Log;

/// <summary>Small pages and segments, so that a few records cross both; a fixed clock and identity.</summary>
internal static class LogFixture
{
    internal static readonly Guid InstanceId = new("00112233-4455-6677-8899-aabbccddeeff");

    internal static LogOptions Small => new()
    {
        Time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.Zero)),
        PageSizeBits = 12,
        SegmentSizeBits = 14,
        BufferPages = 4,
        UndurableBytesMax = 8 * 1024,
        MarkInterval = TimeSpan.Zero,
        InstanceId = InstanceId,
    };

    internal static (DiskLog Log, Replayed Records) Open(
        IStoreFiles files, LogOptions? options = null, LogPosition? from = null)
    {
        var replayed = new Replayed();
        return (DiskLog.Open(files, options ?? Small, from, replayed), replayed);
    }

    /// <summary>A log of records 1 to <paramref name="records"/>, each appended durably, before it is closed.</summary>
    internal static async Task<(MemoryFiles Files, DiskLog Log)> WriteAsync(
        int records, Func<int, int> bodyBytes, LogOptions? options = null, MemoryFiles? files = null)
    {
        files ??= new MemoryFiles();
        var (log, _) = Open(files, options);
        for (var i = 1; i <= records; i++)
        {
            await AppendDurablyAsync(log, Record(i, bodyBytes(i)));
        }

        return (files, log);
    }

    /// <summary>The log is refused with these words, and nothing is changed.</summary>
    internal static void RequireRefusal(MemoryFiles files, params string[] words) => RequireRefusal(files, null, words);

    /// <summary>The log is refused at a position with these words, and nothing is changed.</summary>
    internal static void RequireRefusal(MemoryFiles files, LogPosition? from, params string[] words)
    {
        var (names, writes) = (files.List(), files.Count(FileOperation.Write));
        var refusal = Assert.Throws<InvalidDataException>(() => Open(files, from: from));
        Assert.All(words, word => Assert.Contains(word, refusal.Message, StringComparison.Ordinal));
        Assert.Equal(names, files.List());
        Assert.Equal(writes, files.Count(FileOperation.Write));
    }

    /// <summary>Names of the segments among the files.</summary>
    internal static string[] Segments(MemoryFiles files) => [.. files.List().Where(name => name.EndsWith(".log", StringComparison.Ordinal))];

    /// <summary>A copy of the files in which one is changed.</summary>
    internal static MemoryFiles Changed(MemoryFiles files, string name, Action<MemoryFile> change)
    {
        var changed = files.Copy();
        change(changed[name]);
        return changed;
    }

    /// <summary>Every sync waits from now on until the gate is set, and then fails if a failure is given.</summary>
    internal static ManualResetEventSlim HoldSyncs(MemoryFiles files, IOException? failure = null)
    {
        var gate = new ManualResetEventSlim();
        files.Before = (operation, _) =>
        {
            if (operation != FileOperation.Sync)
            {
                return;
            }

            gate.Wait();
            if (failure is not null)
            {
                throw failure;
            }
        };
        return gate;
    }

    /// <summary>A record whose body is a function of its number, so that replay can check it.</summary>
    internal static RecordBuilder Record(long number, int bodyBytes)
    {
        var record = new RecordBuilder();
        record.AddParticipant(new Participant(7, number, 1));
        Fill(record.GetSpan(bodyBytes)[..bodyBytes], number);
        record.Advance(bodyBytes);
        return record;
    }

    internal static void Fill(Span<byte> body, long number)
    {
        for (var i = 0; i < body.Length; i++)
        {
            body[i] = (byte)(number + (i * 31) + (i >> 8));
        }
    }

    internal static async Task<long> AppendDurablyAsync(DiskLog log, RecordBuilder record)
    {
        var lsn = log.Append(record);
        await log.WaitUntilDurableAsync(lsn, CancellationToken.None);
        return lsn;
    }
}

/// <summary>Takes what a log replays; checks the bodies that <see cref="LogFixture.Record"/> made.</summary>
internal sealed class Replayed : IRecordSink
{
    internal List<(long Lsn, RecordKind Kind, long Number, int BodyBytes, long TimeMicros)> Records { get; } = [];

    internal IEnumerable<long> Numbers => Records.Where(record => record.Kind == RecordKind.Changes).Select(record => record.Number);

    public void Apply(in LogRecord record)
    {
        var number = 0L;
        if (record.Kind == RecordKind.Changes)
        {
            number = Participant.Read(record.Participants).Sequence;
            var expected = new byte[record.Body.Length];
            LogFixture.Fill(expected, number);
            Assert.True(record.Body.SequenceEqual(expected), $"The body of record {record.Lsn} is not what was appended.");
        }

        Records.Add((record.Lsn, record.Kind, number, record.Body.Length, record.TimeMicros));
    }
}
