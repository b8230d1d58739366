using System.Collections.Concurrent;
using Storage.Server.Lambda;
using Storage.Server.Lambda.Functions;

namespace Storage.Layers.Tests.Invocation;

/// <summary>Functions that exist because a test says so.</summary>
internal sealed class FakeCatalog : IFunctionCatalog
{
    private const string ArnPrefix = "arn:aws:lambda:us-east-1:123456789012:function:";

    private readonly ConcurrentDictionary<(string Name, string Qualifier), string> versions = new();
    private readonly ConcurrentDictionary<string, int> reservations = new();
    private readonly ConcurrentDictionary<(string Name, string Qualifier), EventInvokeConfig> configs = new();

    private int refusals;

    public event Action<string>? Changed;

    public int ReservedConcurrencyTotal => reservations.Values.Sum();

    public int? ReservedConcurrency(string name) => reservations.TryGetValue(name, out var reserved) ? reserved : null;

    /// <summary>What every look ends in, when set.</summary>
    internal Exception? Refusal { get; set; }

    internal int Refusals => refusals;

    public ValueTask<ResolvedFunction?> FindAsync(string function, string? qualifier, CancellationToken cancellation)
    {
        if (Refusal is { } refusal)
        {
            Interlocked.Increment(ref refusals);
            throw refusal;
        }

        var name = function.StartsWith(ArnPrefix, StringComparison.Ordinal) ? function[ArnPrefix.Length..] : function;
        if (name.Split(':') is [var bare, var derived])
        {
            (name, qualifier) = (bare, qualifier ?? derived);
        }

        return ValueTask.FromResult(versions.TryGetValue((name, qualifier ?? "$LATEST"), out var version)
            ? new ResolvedFunction(VersionOf(name, version), ArnPrefix + name + (qualifier is null ? "" : ":" + qualifier))
            : null);
    }

    public string ArnOf(string function, string? qualifier) =>
        FunctionReference.Parse(function, qualifier, new FunctionHome("us-east-1", "123456789012")).QualifiedArn;

    public ValueTask<EventInvokeConfig?> FindEventInvokeConfigAsync(
        string function, string? qualifier, CancellationToken cancellation) =>
        ValueTask.FromResult(configs.GetValueOrDefault((function, qualifier ?? "$LATEST")));

    /// <summary>Says how asynchronous calls of a function are tried.</summary>
    internal void Configure(string name, string qualifier, int retries, int ageSeconds) => configs[(name, qualifier)] =
        new EventInvokeConfig { MaximumRetryAttempts = retries, MaximumEventAgeSeconds = ageSeconds, LastModified = default };

    internal void Add(string name, int? reserved = null)
    {
        Point(name, "$LATEST", "$LATEST");
        if (reserved is { } calls)
        {
            reservations[name] = calls;
        }
    }

    /// <summary>Makes a version or alias that runs that version.</summary>
    internal void Point(string name, string qualifier, string version) => versions[(name, qualifier)] = version;

    /// <summary>Changes a reservation, telling nobody.</summary>
    internal void Reserve(string name, int reserved) => reservations[name] = reserved;

    internal void Remove(string name)
    {
        foreach (var key in versions.Keys.Where(key => key.Name == name))
        {
            versions.TryRemove(key, out _);
        }

        Changed?.Invoke(name);
    }

    internal void Tell(string name) => Changed?.Invoke(name);

    private static FunctionVersion VersionOf(string name, string version) => new()
    {
        Name = name,
        Version = version,
        Arn = ArnPrefix + name,
        Runtime = "python3.14",
        Handler = "index.handler",
        RoleArn = "arn:aws:iam::123456789012:role/r",
        CodeSha256 = "",
        CodeBytes = 0,
        CodeBlob = "",
        RevisionId = "",
        LastModified = default,
    };
}
