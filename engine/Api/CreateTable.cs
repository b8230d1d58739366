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
        response.WriteStartObject();
        response.WritePropertyName("TableDescription"u8);
        TableDescriptionWriter.Write(response, table, database, "CREATING", "CREATING");
        response.WriteEndObject();
        return IOperation.Ok;
    }
}
