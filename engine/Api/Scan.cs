using System.Buffers;
using System.Text.Json;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>Scan: all items of a table or index, or those of one segment, in the order of their partition keys' hashes.</summary>
internal sealed class Scan(Database database) : IOperation
{
    private readonly ScopePool<PageScope> scopes = new(() => new PageScope(database));

    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var scope = scopes.Rent();
        try
        {
            scope.Begin(body, isQuery: false);
            scope.Request.Attributes.Placeholders.ThrowIfUnused();
            scope.OpenTarget();
            scope.Range.Start(scope.Id, scope.Request.Segment ?? 0, scope.Request.TotalSegments ?? 1);
            scope.Resume(isQuery: false);
            return await scope.AnswerAsync(response, cancellation).ConfigureAwait(false);
        }
        finally
        {
            if (!scopes.TryReturn(scope))
            {
                scope.Dispose();
            }
        }
    }
}
