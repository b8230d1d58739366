using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Storage.Engine.Model;
using Storage.Engine.Streams;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>The DynamoDB JSON 1.0 protocol: a target and a body in, a status and a body out.</summary>
public sealed class DynamoDbApi
{
    // Only what JSON requires is escaped, as AWS does; the operations write well-formed JSON by construction.
    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly Database database;
    private readonly OperationTable operations;
    private readonly ScopePool<Utf8JsonWriter> writers = new(static () => new Utf8JsonWriter(NoResponse.Instance, WriterOptions));

    internal DynamoDbApi(Database database, ChangeFeed feed)
    {
        this.database = database;
        operations = new OperationTable(database, feed);
    }

    /// <summary>
    /// Runs one operation. <paramref name="target"/> is the value of X-Amz-Target, e.g. <c>DynamoDB_20120810.GetItem</c>.
    /// Writes the whole JSON answer, errors included, and returns the HTTP status. What went wrong after a part of the
    /// answer was handed to <paramref name="response"/> is thrown; the caller then breaks the connection off.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled; a write may be committed all the same.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> HandleAsync(
        string target, ReadOnlySequence<byte> body, IBufferWriter<byte> response, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(response);
        var json = writers.Rent();
        json.Reset(response);
        try
        {
            var status = await operations.Find(target).HandleAsync(body, json, cancellation).ConfigureAwait(false);
            json.Flush();
            return status;
        }
        catch (Exception failure) when (json.BytesCommitted == 0 && ErrorOf(failure) is not null)
        {
            json.Reset(response);
            var error = await TruthfulAsync(ErrorOf(failure)!, cancellation).ConfigureAwait(false);
            ErrorJson.Write(json, error.ErrorType, error.Message);
            json.Flush();
            return error.StatusCode;
        }
        finally
        {
            Return(json);
        }
    }

    /// <summary>The error that a client is told of; null for what is thrown on: cancellation, and our own mistakes.</summary>
    private static DynamoDbException? ErrorOf(Exception failure) => failure switch
    {
        DynamoDbException error => error,
        JsonException => AttributeValueErrors.MalformedJson(),
        IOException or InvalidDataException => DynamoDbException.InternalServerError(failure.Message),
        _ => null,
    };

    /// <summary>
    /// A refusal is an answer too: it may rest on a table that was just created, changed or dropped, so it waits until
    /// the catalog it saw would survive power loss.
    /// </summary>
    private async ValueTask<DynamoDbException> TruthfulAsync(DynamoDbException error, CancellationToken cancellation)
    {
        if (error.StatusCode >= 500)
        {
            return error;
        }

        try
        {
            await database.WaitUntilDurableAsync(database.Catalog.Lsn, cancellation).ConfigureAwait(false);
            return error;
        }
        catch (IOException failure)
        {
            return DynamoDbException.InternalServerError(failure.Message);
        }
    }

    private void Return(Utf8JsonWriter json)
    {
        json.Reset(NoResponse.Instance); // A pooled writer must neither reach nor keep this response.
        if (!writers.TryReturn(json))
        {
            json.Dispose();
        }
    }
    /// <summary>Where a writer that is not in use would write.</summary>
    private sealed class NoResponse : IBufferWriter<byte>
    {
        internal static readonly NoResponse Instance = new();

        public void Advance(int count) => throw new InvalidOperationException("There is no response to write to.");

        public Memory<byte> GetMemory(int sizeHint = 0) => throw new InvalidOperationException("There is no response to write to.");

        public Span<byte> GetSpan(int sizeHint = 0) => throw new InvalidOperationException("There is no response to write to.");
    }
}
