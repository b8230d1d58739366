using Storage.Server.Aws;

namespace Storage.Server.Lambda.EventSources;

/// <summary>GetEventSourceMapping.</summary>
internal sealed class GetEventSourceMapping(MappingTable table)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var uuid = request.Path["UUID"];
        var mapping = await table.FindAsync(uuid, cancellation) ?? throw MappingErrors.NotFound();
        return new RestAnswer(200, MappingJson.Write(mapping, await table.FindResultAsync(uuid, cancellation)));
    }
}
