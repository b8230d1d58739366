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
        var status = Array.TrueForAll(table.Indexes, index => index.IsActive) ? "ACTIVE" : "UPDATING";
        return await TableDescriptionWriter
            .AnswerAsync(response, "Table", table, database, status, null, cancellation)
            .ConfigureAwait(false);
    }
}
