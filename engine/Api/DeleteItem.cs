using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>DeleteItem: removes the item of a key; removing what is absent succeeds.</summary>
internal sealed class DeleteItem(Database database) : IOperation
{
    private readonly WriteRequests requests = new();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var request = requests.Rent();
        try
        {
            Read(body, request);
            request.CheckConstraints("Key");
            request.CheckReturnsOldOnly();
            request.Bind(database.Expressions, takesUpdate: false);
            request.Write.Table = database.Catalog.Find(request.TableName);
            var fault = request.BuildKey(WriteKind.Delete);
            ItemKeys.ThrowIfAny(ItemKeys.FaultOfKey(request.Write.Table, fault, request.Item.Written));

            await database.WriteAsync(request.Write, cancellation).ConfigureAwait(false);
            return SingleWriteAnswer.Write(response, request);
        }
        finally
        {
            requests.Return(request);
        }
    }

    private static void Read(in ReadOnlySequence<byte> body, WriteRequest request)
    {
        var reader = RequestJson.Open(body);
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("Key"u8))
            {
                request.ReadItem(ref reader);
            }
            else if (!request.TryReadCommonMember(ref reader, inTransaction: false) && !request.TryReadReturnMember(ref reader))
            {
                request.ReadLegacyOrSkip(ref reader, LegacyMembers.OfWrite);
            }
        }

        RequestJson.Close(ref reader);
    }
}
