using System.Collections.Immutable;

namespace Storage.Server.Lambda;

/// <summary>A version of a function: everything an environment needs. Never changes; $LATEST gets a new one at every update.</summary>
internal sealed record FunctionVersion
{
    internal required string Name { get; init; }

    /// <summary><c>$LATEST</c> or a number.</summary>
    internal required string Version { get; init; }

    /// <summary>Without qualifier: <c>arn:aws:lambda:REGION:ACCOUNT:function:NAME</c>.</summary>
    internal required string Arn { get; init; }

    /// <summary>E.g. <c>python3.14</c>.</summary>
    internal required string Runtime { get; init; }

    internal required string Handler { get; init; }

    internal required string RoleArn { get; init; }

    internal string Description { get; init; } = string.Empty;

    internal int TimeoutSeconds { get; init; } = 3;

    internal int MemoryMegabytes { get; init; } = 128;

    internal int EphemeralMegabytes { get; init; } = 512;

    internal ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    internal string Architecture { get; init; } = "x86_64";

    /// <summary>Base64 of the zip's SHA-256.</summary>
    internal required string CodeSha256 { get; init; }

    internal required long CodeBytes { get; init; }

    /// <summary>Name of the zip in the blob store.</summary>
    internal required string CodeBlob { get; init; }

    /// <summary>A UUID, new at every change.</summary>
    internal required string RevisionId { get; init; }

    internal required DateTimeOffset LastModified { get; init; }
}
