using Storage.Engine.Api;

namespace Storage.Server.Transfer;

/// <summary>Where import and export send their requests: a store in this process, or a server.</summary>
internal interface IDynamoDbDoor : IAsyncDisposable
{
    /// <summary>Runs one operation; <paramref name="answer"/> is cleared, then holds the answer's body.</summary>
    /// <returns>The HTTP status.</returns>
    /// <exception cref="HttpRequestException">The server cannot be reached.</exception>
    ValueTask<int> CallAsync(string operation, ReadOnlyMemory<byte> body, ResponseBuffer answer, CancellationToken cancellation);
}
