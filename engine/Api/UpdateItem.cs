using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Storage.Engine.Expressions;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>UpdateItem: changes the item of a key by an expression, creating it when absent.</summary>
internal sealed class UpdateItem(Database database) : IOperation
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
            request.Bind(database.Expressions, takesUpdate: true);
            request.Write.Table = database.Catalog.Find(request.TableName);
            var fault = request.BuildKey(WriteKind.Update);
            ItemKeys.ThrowIfAny(ItemKeys.FaultOfKey(request.Write.Table, fault, request.Item.Written));
            ThrowIfUpdatesKey(request.Write);

            await database.WriteAsync(request.Write, cancellation).ConfigureAwait(false);
            return SingleWriteAnswer.Write(response, request);
        }
        catch (DynamoDbException fault) when (request.IsLegacy && fault.Message == ExpressionError.IncorrectDataTypeText)
        {
            throw LegacyUpdates.TypeMismatch();
        }
        finally
        {
            requests.Return(request);
        }
    }

    /// <summary>An item cannot change its key.</summary>
    internal static void ThrowIfUpdatesKey(ItemWrite write)
    {
        for (var i = 0; i < write.Table.Key.Count; i++)
        {
            write.Update.ThrowIfUpdatesKey(write.Table.Key[i].NameUtf8);
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
            else if (reader.ValueTextEquals("UpdateExpression"u8))
            {
                request.UpdateExpression.Read(ref reader);
            }
            else if (!request.TryReadCommonMember(ref reader, inTransaction: false) && !request.TryReadReturnMember(ref reader))
            {
                request.ReadLegacyOrSkip(ref reader, LegacyMembers.OfUpdate);
            }
        }

        RequestJson.Close(ref reader);
    }
}
