using System.Text.Json;
using Storage.Engine.Encoding;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>The answer of PutItem, UpdateItem and DeleteItem.</summary>
internal static class SingleWriteAnswer
{
    internal static int Write(Utf8JsonWriter json, WriteRequest request)
    {
        var write = request.Write;
        if (write.Result == WriteResult.Refused)
        {
            return ConditionalCheckFailed.Write(json, write);
        }

        json.WriteStartObject();
        var attributes = Attributes(request);
        if (!attributes.IsEmpty && new ValueView(attributes).Count > 0)
        {
            json.WritePropertyName("Attributes"u8);
            AttributeValueWriter.WriteItem(json, attributes);
        }

        if (request.ReturnConsumedCapacity != ReturnConsumedCapacity.None)
        {
            request.Capacity.Begin(write.Table);
            request.Capacity.AddWrite(write, isTransaction: false);
            request.Capacity.WriteMember(json, request.ReturnConsumedCapacity);
        }

        if (request.ReturnItemCollectionMetrics)
        {
            ItemCollectionMetrics.WriteMember(json, write);
        }

        json.WriteEndObject();
        return IOperation.Ok;
    }

    /// <summary>What ReturnValues asks for, as a Map; empty for nothing.</summary>
    private static ReadOnlySpan<byte> Attributes(WriteRequest request)
    {
        var write = request.Write;
        switch (request.ReturnValues)
        {
            case ReturnValues.AllOld:
                return write.Old.Written;
            case ReturnValues.AllNew:
                return write.New.Written;
            case ReturnValues.UpdatedOld:
                write.Update.WriteTouched(write.Old.Written, request.Touched);
                return request.Touched.Written;
            case ReturnValues.UpdatedNew:
                write.Update.WriteTouched(write.New.Written, request.Touched);
                return request.Touched.Written;
            default:
                return default;
        }
    }
}
