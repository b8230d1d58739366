namespace Storage.Server.Lambda.Environments;

/// <summary>Request line and headers of a request to the Runtime API.</summary>
internal sealed record HttpHead(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>Null with chunks, or without a body.</summary>
    internal long? ContentLength { get; init; }

    internal bool Chunked { get; init; }

    /// <summary>Whether the client waits for 100 Continue before it sends the body.</summary>
    internal bool ExpectsContinue { get; init; }

    internal bool KeepAlive { get; init; }

    internal string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>A request that is not HTTP/1.1 as RFC 9112 has it, or too large; its connection ends after the answer.</summary>
internal sealed class HttpFormatException(int status, string message) : Exception(message)
{
    internal int Status { get; } = status;
}
