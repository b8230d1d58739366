using System.Globalization;
using System.Net;
using Storage.Engine;
using Storage.Server.Lambda;

namespace Storage.Server.Options;

/// <summary>What the server was told, checked.</summary>
internal sealed record ServerOptions
{
    /// <summary>Every option of the server, in the order of the help.</summary>
    internal static readonly IReadOnlyList<Flag> Flags =
    [
        new("host", "ADDRESS", "IP address to listen on; default 127.0.0.1"),
        new("port", "NUMBER", "TCP port, 0 picks a free one; default 8000"),
        .. StoreFlags,
        new("in-memory", null, "keep everything in memory; nothing survives the process"),
        new("ttl-period", "SECONDS", "least time between removals of what expired by time to live; default 1"),
        new("cors", "ORIGIN", "let web pages of this origin call the server; may be repeated"),
        new("allow-host", "NAME", "serve requests whose Host header has this name; may be repeated"),
        new("insecure", null, "allow an address that other machines reach, without signature checks or TLS"),
        .. LambdaFlags.All,
    ];

    /// <summary>The options that say which store is meant, shared by every command.</summary>
    internal static IReadOnlyList<Flag> StoreFlags =>
    [
        new("data", "DIR", "directory of the store, created when missing; default ./data"),
        new("region", "NAME", "AWS Region in ARNs; default us-east-1"),
        new("account", "ID", "AWS account in ARNs, twelve digits; default 123456789012"),
        new("memory", "SIZE", "memory for the store's data, e.g. 256MB; default a quarter of the machine's, at most 4GB"),
    ];

    /// <summary>The address to bind.</summary>
    internal IPAddress Host { get; init; } = IPAddress.Loopback;

    /// <summary>The port to bind; 0 picks a free one.</summary>
    internal int Port { get; init; } = 8000;

    /// <summary>The store's directory as the user wrote it, or null for memory only.</summary>
    internal string? Data { get; init; } = "./data";

    internal string Region { get; init; } = "us-east-1";

    internal string Account { get; init; } = "123456789012";

    /// <summary>Bytes of memory for the store's data.</summary>
    internal long MemoryBytes { get; init; } = new StoreOptions().MemoryBytes;

    /// <summary>Least time between two sweeps of what expired.</summary>
    internal TimeSpan ExpirySweepPeriod { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Origins of web pages that may call.</summary>
    internal IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>Host names besides the loopback ones.</summary>
    internal IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Whether an address beyond loopback may be bound.</summary>
    internal bool Insecure { get; init; }

    /// <summary>Limits of the Lambda layer.</summary>
    internal LambdaOptions Lambda { get; init; } = new();

    /// <summary>Whether functions run although others than this machine's own programs may reach the server.</summary>
    internal bool AllowFunctions { get; init; }

    /// <summary>
    /// Whether functions may be made and run: whoever can call the server runs code as its user, so nobody but programs
    /// of this machine may, unless the user said otherwise.
    /// </summary>
    internal bool RunsFunctions => AllowFunctions || (IPAddress.IsLoopback(Host) && CorsOrigins.Count == 0);

    /// <summary>The engine's part of the options.</summary>
    internal StoreOptions StoreOptions => new()
    {
        Directory = Data,
        Region = Region,
        AccountId = Account,
        MemoryBytes = MemoryBytes,
        ExpirySweepPeriod = ExpirySweepPeriod,
    };

    /// <summary>Reads flags alone, without environment and appsettings.</summary>
    /// <inheritdoc cref="From" path="/exception"/>
    internal static ServerOptions Parse(IReadOnlyList<string> args) => From(CommandLine.Parse(args, Flags, _ => null));

    /// <summary>Reads and checks the options of a command line.</summary>
    /// <exception cref="UsageException">A value is wrong, or the address is not a loopback one and --insecure is missing.</exception>
    internal static ServerOptions From(CommandLine line)
    {
        var options = StoreOptionsFrom(line) with
        {
            Host = ParseHost(line.Value("host")),
            Port = ParsePort(line.Value("port")),
            ExpirySweepPeriod = LambdaFlags.Seconds(line, "ttl-period", TimeSpan.FromSeconds(1)),
            CorsOrigins = [.. line.Values("cors").Select(ParseOrigin)],
            AllowedHosts = line.Values("allow-host"),
            Insecure = line.IsOn("insecure"),
            Lambda = LambdaFlags.Read(line),
            AllowFunctions = line.IsOn("allow-functions"),
        };
        if (line.Words.Count > 0)
        {
            throw new UsageException($"Unknown command '{line.Words[0]}'; --help lists the commands.");
        }

        if (!IPAddress.IsLoopback(options.Host) && !options.Insecure)
        {
            throw new UsageException(
                $"{options.Host} is not a loopback address: other machines could read and change everything, because requests"
                + " are neither checked for signatures nor encrypted yet; add --insecure to do it all the same.");
        }

        return line.IsOn("in-memory") ? options with { Data = null } : options;
    }

    /// <summary>Reads the options of <see cref="StoreFlags"/> only.</summary>
    /// <exception cref="UsageException">A value is wrong.</exception>
    internal static ServerOptions StoreOptionsFrom(CommandLine line)
    {
        var account = line.Value("account") ?? "123456789012";
        if (account.Length != 12 || !account.All(char.IsAsciiDigit))
        {
            throw new UsageException($"--account is twelve digits, not '{account}'.");
        }

        var region = line.Value("region") ?? "us-east-1";
        if (region.Length is 0 or > 64 || !region.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
        {
            throw new UsageException($"--region is a name such as us-east-1, not '{region}'.");
        }

        var options = new ServerOptions { Data = line.Value("data") ?? "./data", Region = region, Account = account };
        return line.Value("memory") is { } memory ? options with { MemoryBytes = ParseMemory(memory) } : options;
    }

    private static long ParseMemory(string text) =>
        ByteSize.TryParse(text, out var bytes) && bytes >= StoreOptions.MemoryBytesMin
            ? bytes
            : throw new UsageException(
                $"--memory is a size such as 256MB, at least {StoreOptions.MemoryBytesMin >> 20}MB, not '{text}'.");

    private static IPAddress ParseHost(string? text)
    {
        if (text is null || text.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return IPAddress.Loopback;
        }

        return IPAddress.TryParse(text, out var address)
            ? address
            : throw new UsageException($"--host is an IP address such as 127.0.0.1, not '{text}'.");
    }

    private static int ParsePort(string? text)
    {
        if (text is null)
        {
            return 8000;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= ushort.MaxValue
            ? port
            : throw new UsageException($"--port is a number from 0 to 65535, not '{text}'.");
    }

    private static string ParseOrigin(string text)
    {
        // A star would let every page on the web read the store of whoever visits it.
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme is "http" or "https") && uri.AbsolutePath == "/"
            ? text.TrimEnd('/')
            : throw new UsageException($"--cors is one origin such as http://localhost:3000, not '{text}'.");
    }
}
