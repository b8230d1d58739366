using Storage.Server.Aws;

namespace Storage.Server.Lambda.EventSources;

/// <summary>UpdateEventSourceMapping: what the request does not name stays. Workers follow at their next batch.</summary>
internal sealed class UpdateEventSourceMapping(
    MappingTable table, IFunctionCatalog functions, TimeProvider time, Action<string> changed)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var members = new MappingMembers(request.ReadJson());
        var function = members.Function("FunctionName");
        var settings = MappingSettings.Read(members);
        members.ThrowIfViolated();
        settings.ThrowIfRefused(members);
        var uuid = request.Path["UUID"];
        while (true)
        {
            var old = await table.FindAsync(uuid, cancellation) ?? throw MappingErrors.NotFound();
            if (old.State == MappingState.Deleting)
            {
                throw MappingErrors.InUse("update");
            }

            var arn = old.FunctionArn;
            if (function is not null)
            {
                var found = await functions.FindAsync(function, null, cancellation) ?? throw MappingErrors.FunctionNotFound();
                arn = found.InvokedArn;
            }

            var updated = settings.ApplyTo(old) with { FunctionArn = arn, LastModified = time.GetUtcNow() };
            updated = updated with { State = StateOf(old, updated) };
            var write = await table.ReplaceAsync(old, updated, cancellation);
            if (write.DuplicateUuid is { } duplicate)
            {
                throw MappingErrors.Duplicate(updated.EventSourceArn, arn, duplicate);
            }

            if (write.Written is { } written)
            {
                changed(uuid);
                return new RestAnswer(202, MappingJson.Write(written, await table.FindResultAsync(uuid, cancellation)));
            }
        }
    }

    private static MappingState StateOf(EventSourceMapping old, EventSourceMapping updated) => (old.IsEnabled, updated.IsEnabled) switch
    {
        (false, true) => MappingState.Enabling,
        (true, false) => MappingState.Disabling,
        _ => MappingState.Updating,
    };
}
