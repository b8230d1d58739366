using System.Buffers;
using System.Text.Json;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>DeleteTable: answers DELETING; the next call finds no table.</summary>
internal sealed class DeleteTable(Database database) : IOperation
{
    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var name = TableNameRequest.Read(body);
        var table = await database.DeleteTableAsync(name, cancellation).ConfigureAwait(false);
        return await TableDescriptionWriter
            .AnswerAsync(response, "TableDescription", table, database, "DELETING", "DELETING", cancellation)
            .ConfigureAwait(false);
    }
}
