using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Storage.Engine.Encoding;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>GetItem: reads the item of a key. Every read is consistent here; ConsistentRead decides only what it costs.</summary>
internal sealed class GetItem(Database database) : IOperation
{
    private readonly ReadRequests requests = new();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var request = requests.Rent();
        try
        {
            Read(body, request);
            CheckConstraints(request);
            request.Bind(database.Expressions);
            request.Read.Table = database.Catalog.Find(request.TableName);
            ItemKeys.ThrowIfAny(request.BuildKey());

            await database.ReadAsync(request.Read, cancellation).ConfigureAwait(false);
            Answer(response, request);
            return IOperation.Ok;
        }
        finally
        {
            requests.Return(request);
        }
    }

    private static void Read(in ReadOnlySequence<byte> body, ReadRequest request)
    {
        var reader = RequestJson.Open(body);
        while (RequestJson.NextMember(ref reader))
        {
            if (request.TryReadCommonMember(ref reader))
            {
                continue;
            }

            if (reader.ValueTextEquals("ConsistentRead"u8))
            {
                request.ConsistentRead = RequestJson.ReadBoolean(ref reader) ?? false;
            }
            else if (reader.ValueTextEquals("ReturnConsumedCapacity"u8))
            {
                request.ReturnConsumedCapacity = ReturnOptions.ReadConsumedCapacity(ref reader, request.Errors);
            }
            else
            {
                request.ReadLegacyOrSkip(ref reader);
            }
        }

        RequestJson.Close(ref reader);
    }

    private static void CheckConstraints(ReadRequest request)
    {
        if (request.TableName.IsPresent)
        {
            TableNames.Check(request.TableName.Span, request.Errors);
        }

        request.Errors.ThrowIfAny();
        if (!request.TableName.IsPresent)
        {
            throw RequestJson.Missing("TableName");
        }

        if (!request.HasKey)
        {
            throw RequestJson.Missing("Key");
        }
    }

    private static void Answer(Utf8JsonWriter json, ReadRequest request)
    {
        json.WriteStartObject();
        request.WriteItem(json);
        if (request.ReturnConsumedCapacity != ReturnConsumedCapacity.None)
        {
            request.Capacity.Begin(request.Read.Table);
            request.Capacity.AddRead(
                request.Read.Found ? new ValueView(request.Read.Item.Written).ItemSizeBytes : 0, request.ConsistentRead);
            request.Capacity.WriteMember(json, request.ReturnConsumedCapacity);
        }

        json.WriteEndObject();
    }
}
