using System.Buffers;
using System.Text.Json;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>DescribeTimeToLive: ENABLING while items from before are being found, then ENABLED; or DISABLED.</summary>
internal sealed class DescribeTimeToLive(Database database) : IOperation
{
    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var name = TableNameRequest.Read(body);
        var table = database.Catalog.Find(name) ?? throw DynamoDbException.TableNotFound(name);
        await database.WaitUntilDurableAsync(table.CatalogLsn, cancellation).ConfigureAwait(false);
        response.WriteStartObject();
        response.WriteStartObject("TimeToLiveDescription"u8);
        if (table.Expiry is { } expiry)
        {
            response.WriteString("TimeToLiveStatus"u8, expiry.IsActive ? "ENABLED"u8 : "ENABLING"u8);
            response.WriteString("AttributeName"u8, expiry.Attribute);
        }
        else
        {
            response.WriteString("TimeToLiveStatus"u8, "DISABLED"u8);
        }

        response.WriteEndObject();
        response.WriteEndObject();
        return IOperation.Ok;
    }
}
