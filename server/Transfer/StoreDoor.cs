using System.Buffers;
using Storage.Engine;
using Storage.Engine.Api;

namespace Storage.Server.Transfer;

/// <summary>A store opened in this process.</summary>
internal sealed class StoreDoor(Store store) : IDynamoDbDoor
{
    public ValueTask<int> CallAsync(
        string operation, ReadOnlyMemory<byte> body, ResponseBuffer answer, CancellationToken cancellation)
    {
        answer.Clear();
        return store.Api.HandleAsync("DynamoDB_20120810." + operation, new ReadOnlySequence<byte>(body), answer, cancellation);
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();
}
