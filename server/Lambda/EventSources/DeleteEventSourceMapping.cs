using Storage.Server.Aws;

namespace Storage.Server.Lambda.EventSources;

/// <summary>DeleteEventSourceMapping: answered while the mapping is Deleting; it goes once its workers have ended.</summary>
internal sealed class DeleteEventSourceMapping(MappingTable table, TimeProvider time, Action<string> changed)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var uuid = request.Path["UUID"];
        while (true)
        {
            var old = await table.FindAsync(uuid, cancellation) ?? throw MappingErrors.NotFound();
            if (old.State == MappingState.Deleting)
            {
                throw MappingErrors.InUse("delete");
            }

            var deleting = old with { State = MappingState.Deleting, IsEnabled = false, LastModified = time.GetUtcNow() };
            var result = await table.FindResultAsync(uuid, cancellation);
            if ((await table.ReplaceAsync(old, deleting, cancellation)).Written is { } written)
            {
                changed(uuid);
                return new RestAnswer(202, MappingJson.Write(written, result));
            }
        }
    }
}
