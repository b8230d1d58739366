using System.Buffers;
using System.Text.Json;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>CreateTable: answers CREATING; the next DescribeTable says ACTIVE.</summary>
internal sealed class CreateTable(Database database) : IOperation
{
    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var definition = TableDefinitionReader.Read(TableRequestReader.Read(body));
        var table = await database.CreateTableAsync(definition, cancellation).ConfigureAwait(false);
        return await TableDescriptionWriter
            .AnswerAsync(response, "TableDescription", table, database, "CREATING", "CREATING", cancellation)
            .ConfigureAwait(false);
    }
}
