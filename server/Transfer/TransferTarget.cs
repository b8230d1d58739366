using System.Text.Json;
using Storage.Engine;
using Storage.Engine.Api;
using Storage.Server.Options;

namespace Storage.Server.Transfer;

/// <summary>The table a transfer is about, behind its door.</summary>
internal sealed class TransferTarget : IAsyncDisposable
{
    private static readonly TimeSpan ActivePollInterval = TimeSpan.FromMilliseconds(50);
    private const int ActivePollsMax = 1200;

    private readonly TimeProvider time;

    private TransferTarget(IDynamoDbDoor door, string table, TimeProvider time)
    {
        Door = new RetryingDoor(door, time);
        Table = table;
        this.time = time;
    }

    internal RetryingDoor Door { get; }

    internal string Table { get; }

    /// <summary>The options that import and export share.</summary>
    internal static IReadOnlyList<Flag> Flags =>
    [
        new("table", "NAME", "the table"),
        .. ServerOptions.StoreFlags,
        new("endpoint", "URL", "a running server instead of a directory, e.g. http://127.0.0.1:8000"),
    ];

    /// <summary>Opens the directory or the endpoint that the command line names.</summary>
    /// <exception cref="UsageException">It names no table, or both a directory and an endpoint.</exception>
    /// <exception cref="IOException">The directory is open in another process, or damaged.</exception>
    internal static async Task<TransferTarget> OpenAsync(CommandLine line)
    {
        var table = line.Value("table") ?? throw new UsageException("--table NAME is missing.");
        var options = ServerOptions.StoreOptionsFrom(line);
        if (line.Value("endpoint") is not { } endpoint)
        {
            return new TransferTarget(new StoreDoor(await Store.OpenAsync(options.StoreOptions)), table, TimeProvider.System);
        }

        if (line.Has("data"))
        {
            throw new UsageException("--data and --endpoint exclude each other.");
        }

        return Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && (uri.Scheme is "http" or "https")
            ? new TransferTarget(new EndpointDoor(uri), table, TimeProvider.System)
            : throw new UsageException($"--endpoint is a URL such as http://127.0.0.1:8000, not '{endpoint}'.");
    }

    /// <summary>
    /// Makes sure that the table exists and is ACTIVE, creating it when <paramref name="key"/> says how. Returns the
    /// number of its items as DescribeTable tells it.
    /// </summary>
    /// <exception cref="TransferException">It does not exist, or does not become ACTIVE.</exception>
    internal async Task<long> RequireTableAsync(KeyAttributes? key, CancellationToken cancellation)
    {
        using var answer = new ResponseBuffer();
        var describe = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["TableName"] = Table });
        for (var poll = 0; poll < ActivePollsMax; poll++)
        {
            var error = await Door.CallAsync("DescribeTable", describe, answer, cancellation);
            if (error is null)
            {
                using var document = JsonDocument.Parse(answer.Written);
                var description = document.RootElement.GetProperty("Table"u8);
                if (description.GetProperty("TableStatus").GetString() is "ACTIVE" or "UPDATING")
                {
                    return description.TryGetProperty("ItemCount", out var count) ? count.GetInt64() : 0;
                }

                await Task.Delay(ActivePollInterval, time, cancellation);
            }
            else if (error.Value.Type != "ResourceNotFoundException")
            {
                throw new TransferException($"DescribeTable was refused: {error.Value.Message}");
            }
            else if (key is null)
            {
                throw new TransferException($"There is no table {Table}; --key NAME:TYPE[,NAME:TYPE] lets import create it.");
            }
            else
            {
                await CreateAsync(key, answer, cancellation);
            }
        }

        throw new TransferException($"Table {Table} does not become ACTIVE.");
    }

    public ValueTask DisposeAsync() => Door.DisposeAsync();

    private async Task CreateAsync(KeyAttributes key, ResponseBuffer answer, CancellationToken cancellation)
    {
        // ResourceInUseException: somebody else created it in the meantime.
        if (await Door.CallAsync("CreateTable", key.CreateTableRequest(Table), answer, cancellation) is { } error
            && error.Type != "ResourceInUseException")
        {
            throw new TransferException($"CreateTable was refused: {error.Message}");
        }
    }
}
