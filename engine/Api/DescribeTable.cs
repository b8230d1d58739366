using System.Buffers;
using System.Text.Json;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>DescribeTable.</summary>
internal sealed class DescribeTable(Database database) : IOperation
{
    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var name = TableNameRequest.Read(body);
        var table = database.Catalog.Find(name) ?? throw DynamoDbException.TableNotFound(name);
        await database.WaitUntilDurableAsync(table.CatalogLsn, cancellation).ConfigureAwait(false);
        response.WriteStartObject();
        response.WritePropertyName("Table"u8);
        TableDescriptionWriter.Write(
            response, table, database, Array.TrueForAll(table.Indexes, index => index.IsActive) ? "ACTIVE" : "UPDATING");
        response.WriteEndObject();
        return IOperation.Ok;
    }
}
