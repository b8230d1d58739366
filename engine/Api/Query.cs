using System.Buffers;
using System.Text.Json;
using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>Query: the items of one partition key, on a table or an index.</summary>
internal sealed class Query(Database database) : IOperation
{
    private readonly ScopePool<PageScope> scopes = new(() => new PageScope(database));

    public async ValueTask<int> HandleAsync(
        ReadOnlySequence<byte> body, Utf8JsonWriter response, CancellationToken cancellation)
    {
        var scope = scopes.Rent();
        try
        {
            Prepare(scope, body);
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

    private void Prepare(PageScope scope, in ReadOnlySequence<byte> body)
    {
        scope.Begin(body, isQuery: true);
        var attributes = scope.Request.Attributes;
        var condition = scope.Request.KeyCondition.IsPresent
            ? database.Expressions.KeyCondition(scope.Request.KeyCondition.Span).Bind(attributes.Placeholders)
            : scope.Request.Legacy!.BindKeyCondition();
        attributes.Placeholders.ThrowIfUnused();
        scope.OpenTarget();
        var fault = scope.Range.Start(scope.Id, scope.Key, condition.Resolve(scope.Key));
        if (!fault.IsNone)
        {
            throw DynamoDbException.Validation(ItemKeyFaultText.OfKey(fault));
        }

        scope.Request.Legacy?.ThrowIfFiltersKey(scope.Key);
        for (var i = 0; i < scope.Key.Count; i++)
        {
            scope.Filter.ThrowIfFiltersKey(scope.Key[i].NameUtf8);
        }

        scope.Resume(isQuery: true);
    }
}
