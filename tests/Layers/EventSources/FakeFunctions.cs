using Storage.Server.Lambda;
using Storage.Server.Lambda.Functions;

namespace Storage.Layers.Tests.EventSources;

/// <summary>Functions that exist by name.</summary>
internal sealed class FakeFunctions(params string[] names) : IFunctionCatalog
{
    internal const string ArnPrefix = "arn:aws:lambda:us-east-1:123456789012:function:";

    public event Action<string>? Changed
    {
        add { }
        remove { }
    }

    public int ReservedConcurrencyTotal => 0;

    public int? ReservedConcurrency(string name) => null;

    public ValueTask<ResolvedFunction?> FindAsync(string function, string? qualifier, CancellationToken cancellation)
    {
        var local = function.StartsWith(ArnPrefix, StringComparison.Ordinal) ? function[ArnPrefix.Length..] : function;
        return new(names.Contains(local.Split(':')[0]) ? new ResolvedFunction(VersionOf(local.Split(':')[0]), ArnPrefix + local) : null);
    }

    public string ArnOf(string function, string? qualifier) =>
        FunctionReference.Parse(function, qualifier, new FunctionHome("us-east-1", "123456789012")).QualifiedArn;

    private static FunctionVersion VersionOf(string name) => new()
    {
        Name = name,
        Version = "$LATEST",
        Arn = ArnPrefix + name,
        Runtime = "python3.14",
        Handler = "index.handler",
        RoleArn = "arn:aws:iam::123456789012:role/r",
        CodeSha256 = string.Empty,
        CodeBytes = 0,
        CodeBlob = string.Empty,
        RevisionId = string.Empty,
        LastModified = DateTimeOffset.UnixEpoch,
    };
}
