using Storage.Server.Aws;

namespace Storage.Server.Lambda.EventSources;

/// <summary>The operations on event source mappings.</summary>
internal static class MappingRoutes
{
    private const string All = "/2015-03-31/event-source-mappings";
    private const string One = All + "/{UUID}";

    /// <param name="table">Made by the supervisor's start.</param>
    /// <param name="functions">Names what mappings call.</param>
    /// <param name="streams">Names what they read.</param>
    /// <param name="time">For LastModified.</param>
    /// <param name="changed">Told the id of a mapping that was written: <see cref="MappingSupervisor.Notify"/>.</param>
    internal static IReadOnlyList<RestRoute> Of(
        MappingTable table, IFunctionCatalog functions, IStreamSource streams, TimeProvider time, Action<string> changed) =>
    [
        new("POST", All, nameof(CreateEventSourceMapping), new CreateEventSourceMapping(table, functions, streams, time, changed).RunAsync),
        new("GET", All, nameof(ListEventSourceMappings), new ListEventSourceMappings(table, functions).RunAsync),
        new("GET", One, nameof(GetEventSourceMapping), new GetEventSourceMapping(table).RunAsync),
        new("PUT", One, nameof(UpdateEventSourceMapping), new UpdateEventSourceMapping(table, functions, time, changed).RunAsync),
        new("DELETE", One, nameof(DeleteEventSourceMapping), new DeleteEventSourceMapping(table, time, changed).RunAsync),
    ];
}
