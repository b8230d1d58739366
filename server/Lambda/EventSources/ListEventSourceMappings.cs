using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.EventSources;

/// <summary>ListEventSourceMappings: pages ordered by id; a marker is the last id of a page.</summary>
internal sealed partial class ListEventSourceMappings(MappingTable table)
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
            members.Text("EventSourceArn"), function is null ? null : ArnOf(request.Call, function), after, count, cancellation));
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

    /// <summary>The whole ARN of a function that may be gone; with a qualifier only if one was given, as mappings have it.</summary>
    private static string ArnOf(AwsCall call, string function)
    {
        var parts = FunctionParts().Match(function);
        var region = parts.Groups["region"] is { Success: true } named ? named.Value : call.Region;
        var account = parts.Groups["account"] is { Success: true } owner ? owner.Value : call.AccountId;
        var arn = $"arn:aws:lambda:{region}:{account}:function:{parts.Groups["name"].Value}";
        return parts.Groups["qualifier"] is { Success: true } qualifier ? $"{arn}:{qualifier.Value}" : arn;
    }

    [GeneratedRegex(
        @"^(?:arn:[a-zA-Z-]*:lambda:)?(?:(?<region>[a-z]{2}(?:-[a-z]+)+-\d):)?(?:(?<account>\d{12}):)?(?:function:)?"
        + @"(?<name>[a-zA-Z0-9-_.]+)(?::(?<qualifier>[$a-zA-Z0-9-_.]+))?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex FunctionParts();
}
