using System.Buffers;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>The DynamoDB JSON 1.0 protocol: a target and a body in, a status and a body out.</summary>
public sealed class DynamoDbApi
{
    private readonly DynamoDbException refusal = DynamoDbException.UnknownOperation();

    internal DynamoDbApi(Tables.Database database) => ArgumentNullException.ThrowIfNull(database);

    /// <summary>
    /// Runs one operation. <paramref name="target"/> is the value of X-Amz-Target, e.g. <c>DynamoDB_20120810.GetItem</c>.
    /// Writes the whole JSON answer, errors included, and returns the HTTP status.
    /// </summary>
    public ValueTask<int> HandleAsync(
        string target, ReadOnlySequence<byte> body, IBufferWriter<byte> response, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(response);
        return ValueTask.FromResult(ErrorJson.Write(response, refusal));
    }
}
