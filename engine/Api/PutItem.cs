using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>PutItem: writes a whole item, replacing one of the same key.</summary>
internal sealed class PutItem(Database database) : IOperation
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
            request.CheckConstraints("Item");
            request.CheckReturnsOldOnly();
            request.Bind(database.Expressions, takesUpdate: false);
            ItemKeys.ThrowIfTooLarge(request.Item.Written);
            request.Write.Table = database.Catalog.Find(request.TableName);
            var fault = request.BuildKey(WriteKind.Put);
            ItemKeys.ThrowIfAny(ItemKeys.FaultOfItem(request.Write.Table, fault, request.Item.Written));

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
            if (reader.ValueTextEquals("Item"u8))
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
