using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.EventSources;

/// <summary>ListEventSourceMappings: pages ordered by id; a marker is the last id of a page.</summary>
internal sealed class ListEventSourceMappings(MappingTable table, IFunctionCatalog functions)
{
    /// <summary>"returns a maximum of 100 items in each response". Source: Lambda API reference.</summary>
    private const int PageItemsMax = 100;

    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        var query = new JsonObject();
        foreach (var name in new[] { "EventSourceArn", "FunctionName", "Marker" })
        {
            if (request.Query.TryGetValue(name, out var value) && value.Count > 0)
            {
                query[name] = value[0];
            }
        }

        if (request.Query.TryGetValue("MaxItems", out var itemsMax) && itemsMax.Count > 0)
        {
            query["MaxItems"] = long.TryParse(itemsMax[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw MappingMembers.WrongType("MaxItems");
        }

        var members = new MappingMembers(query);
        var function = members.Function("FunctionName");
        var count = Math.Min(members.Number("MaxItems", 1, 10_000) ?? PageItemsMax, PageItemsMax);
        members.ThrowIfViolated();
        var after = ReadMarker(members.Text("Marker"));
        return new RestAnswer(200, await ListAsync(
            members.Text("EventSourceArn"), function is null ? null : functions.ArnOf(function, null), after, count, cancellation));
    }

    private async ValueTask<JsonObject> ListAsync(
        string? source, string? function, string after, int count, CancellationToken cancellation)
    {
        var page = new JsonArray();
        string? last = null;
        foreach (var mapping in await table.ListAsync(cancellation))
        {
            if (string.CompareOrdinal(mapping.Uuid, after) <= 0
                || (source is not null && source != mapping.EventSourceArn)
                || (function is not null && function != mapping.FunctionArn))
            {
                continue;
            }

            if (page.Count == count)
            {
                return new JsonObject
                {
                    ["NextMarker"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(last!)),
                    ["EventSourceMappings"] = page,
                };
            }

            page.Add(MappingJson.Write(mapping, await table.FindResultAsync(mapping.Uuid, cancellation)));
            last = mapping.Uuid;
        }

        return new JsonObject { ["EventSourceMappings"] = page };
    }

    private static string ReadMarker(string? marker)
    {
        var uuid = new byte[marker?.Length ?? 0];
        return string.IsNullOrEmpty(marker)
            ? string.Empty
            : Convert.TryFromBase64String(marker, uuid, out var length)
                ? Encoding.UTF8.GetString(uuid.AsSpan(0, length))
                : throw MappingErrors.InvalidParameter("Invalid Marker"); // our words
    }
}
