using System.Buffers;
using System.Text.Json;

namespace Storage.Engine.Api;

/// <summary>One operation of the API: reads its request, asks the database, writes its answer.</summary>
internal interface IOperation
{
    /// <summary>HTTP status of a good answer.</summary>
    internal const int Ok = 200;

    /// <summary>HTTP status of a refusal.</summary>
    internal const int BadRequest = 400;

    /// <summary>
    /// Writes the whole answer and returns its HTTP status. Nothing may be written before the answer is known, so that
    /// an exception still finds an empty response. The body stays valid until the call completes.
    /// </summary>
    /// <exception cref="Model.DynamoDbException">The request is refused; the caller writes the error.</exception>
    /// <exception cref="JsonException">The body is no JSON; the caller answers SerializationException.</exception>
    ValueTask<int> HandleAsync(ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation);
}
