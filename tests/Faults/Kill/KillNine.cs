using System.Buffers.Binary;
using System.Globalization;

namespace Storage.Faults.Kill;

/// <summary>
/// Kills a server process with -9 under concurrent writers, opens the store again, and checks: nothing acknowledged is
/// lost, nothing refused is there, no transaction is half there, the sum of the accounts is kept, a transaction sent
/// again with its token counts once, an index holds what its table holds, a stream shows each change once, in order, and what expires goes,
/// nothing else.
/// </summary>
internal sealed class KillNine
{
    private readonly KillNineOptions options;
    private readonly Random random;
    private readonly KeyWriter[] keyWriters;
    private readonly TransferWriter[] transferWriters;
    private readonly ExpiryWriter expiring = new();
    private readonly StreamReader stream = new(KeyWriter.Table);
    private int loops;
    private int killedOpenings;

    internal KillNine(KillNineOptions options)
    {
        this.options = options;
        random = new Random(options.Seed);
        keyWriters = [.. Enumerable.Range(0, options.KeyWriters).Select(number => new KeyWriter(number, options.KeysPerWriter))];
        transferWriters = [.. Enumerable.Range(0, options.TransferWriters).Select(number => new TransferWriter(number))];
    }

    private long Answers => keyWriters.Sum(writer => writer.Acknowledged) + transferWriters.Sum(writer => writer.Acknowledged);

    internal KillNineCounts Counts => new(
        loops,
        killedOpenings,
        keyWriters.Sum(writer => writer.Acknowledged),
        transferWriters.Sum(writer => writer.Acknowledged),
        keyWriters.Sum(writer => writer.InDoubt) + transferWriters.Sum(writer => writer.InDoubt),
        transferWriters.Sum(writer => writer.Replayed),
        stream.Records,
        expiring.Expired,
        ManifestSequence());

    /// <summary>Runs all loops and a last check.</summary>
    /// <exception cref="ViolationException">The first violation; the directory is as it was found.</exception>
    internal async Task RunAsync()
    {
        for (; loops < options.Loops; options.Progress?.Invoke(Counts))
        {
            if (loops > 0 && random.Next(options.LoopsPerKilledOpening) == 0)
            {
                await KillWhileOpeningAsync();
            }

            await using var child = Start();
            using var server = await ReadyAsync(child);
            await (loops == 0 ? CreateAsync(server) : CheckAsync(server));
            await KillUnderLoadAsync(child, server);
            loops++;
        }

        await using var last = Start();
        using var reader = await ReadyAsync(last);
        await CheckAsync(reader);
        var fresh = new StreamReader(KeyWriter.Table);
        await fresh.ReadToEndAsync(reader);
        fresh.Check(await reader.ScanAsync(KeyWriter.Table));
        if (fresh.Records != stream.Records)
        {
            throw new ViolationException($"The stream shows {fresh.Records} records from its beginning, but showed {stream.Records} one after the other.");
        }
    }

    private static async Task<DynamoDbCalls> ReadyAsync(ServerChild child)
    {
        await child.WaitUntilReadyAsync();
        return new DynamoDbCalls(child.Address);
    }

    private static async Task CreateAsync(DynamoDbCalls server)
    {
        await server.SendAsync("CreateTable", KeyWriter.TableDefinition);
        foreach (var (operation, body) in TransferWriter.Setup().Concat(ExpiryWriter.Setup()))
        {
            await server.SendAsync(operation, body);
        }
    }

    private ServerChild Start() => ServerChild.Start(
        options.ServerAssembly, ["--port", "0", "--data", options.Directory, .. options.ServerArguments]);

    private async Task KillWhileOpeningAsync()
    {
        await using var child = Start();
        await Task.Delay(random.Next(options.OpeningMilliseconds.From, options.OpeningMilliseconds.To));
        await child.KillAsync();
        killedOpenings++;
    }

    private async Task KillUnderLoadAsync(ServerChild child, DynamoDbCalls server)
    {
        var seed = random.Next();
        var writers = keyWriters.Select((writer, i) => Task.Run(() => writer.RunAsync(server, new Random(seed + i))))
            .Concat(transferWriters.Select((writer, i) => Task.Run(() => writer.RunAsync(server, new Random(seed - 1 - i)))))
            .Append(Task.Run(() => stream.RunAsync(server)))
            .Append(Task.Run(() => expiring.RunAsync(server, new Random(seed / 2))))
            .ToArray();
        var enough = Answers + random.Next(options.Answers.From, options.Answers.To);
        while (Answers < enough && !writers.Any(writer => writer.IsCompleted))
        {
            await Task.Delay(1);
        }

        await Task.Delay(random.Next(options.MoreMillisecondsMax));
        await child.KillAsync();
        await Task.WhenAll(writers);
    }

    private async Task CheckAsync(DynamoDbCalls server)
    {
        var items = await server.ScanAsync(KeyWriter.Table);
        var indexed = await server.ScanAsync(KeyWriter.Table, KeyWriter.Index);
        foreach (var writer in keyWriters)
        {
            writer.Check(items);
        }

        if (items.Count != indexed.Count || !TextsOf(items).SetEquals(TextsOf(indexed)))
        {
            throw new ViolationException($"The table holds {items.Count} items and its index {indexed.Count}, or they differ.");
        }

        await stream.ReadToEndAsync(server);
        stream.Check(items);
        await expiring.CheckAsync(server);
        var ledgers = await server.ScanAsync(TransferWriter.Ledgers);
        TransferWriter.CheckAccounts(await server.ScanAsync(TransferWriter.Accounts), ledgers);
        foreach (var writer in transferWriters)
        {
            await writer.ReplayAsync(server, ledgers);
        }

        // What was sent again counts once, in the ledger and in the accounts.
        ledgers = await server.ScanAsync(TransferWriter.Ledgers);
        TransferWriter.CheckAccounts(await server.ScanAsync(TransferWriter.Accounts), ledgers);
        foreach (var writer in transferWriters)
        {
            writer.Check(ledgers);
        }
    }

    /// <summary>The manifest's own number: docs/FILE_FORMATS.md.</summary>
    private long ManifestSequence()
    {
        const int offset = 24;
        var file = Path.Combine(options.Directory, "MANIFEST");
        return File.Exists(file) ? BinaryPrimitives.ReadInt64LittleEndian(File.ReadAllBytes(file).AsSpan(offset)) : 0;
    }

    private static HashSet<string> TextsOf(IEnumerable<System.Text.Json.JsonElement> items) =>
        [.. items.Select(item => string.Create(
            CultureInfo.InvariantCulture, $"{item.Text("P")}/{item.Number("K")}/{item.Number("V")}/{item.Text("B").Length}"))];
}
