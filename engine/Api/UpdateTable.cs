using System.Buffers;
using System.Text.Json;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>UpdateTable: answers UPDATING; the next DescribeTable says ACTIVE unless an index is being filled.</summary>
internal sealed class UpdateTable(Database database) : IOperation
{
    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var request = TableRequestReader.Read(body);
        TableChangeReader.Check(request);
        var name = TableNameRequest.TextOf(request.TableName);
        var table = database.Catalog.Find(name) ?? throw DynamoDbException.TableNotFound(name);
        var change = TableChangeReader.Read(request, table.Definition);
        table = await database.UpdateTableAsync(name, change, cancellation).ConfigureAwait(false);
        return await TableDescriptionWriter
            .AnswerAsync(response, "TableDescription", table, database, "UPDATING", null, cancellation)
            .ConfigureAwait(false);
    }
}
