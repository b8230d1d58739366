using System.Globalization;
using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Invocation;

/// <summary>Put, Update, Get, Delete and List of the settings of asynchronous calls.</summary>
internal sealed class EventInvokeConfigRoutes
{
    private const string Template = "/2019-09-25/functions/{FunctionName}/event-invoke-config";

    // Source: the service model, MaximumRetryAttempts and MaximumEventAgeInSeconds, MaxFunctionEventInvokeConfigListItems.
    private const int RetriesMax = 2;
    private const int EventAgeSecondsMin = 60;
    private const int EventAgeSecondsMax = 21_600;
    private const int ListItemsMax = 50;

    private readonly IFunctionCatalog catalog;
    private readonly EventInvokeConfigs configs;
    private readonly TimeProvider time;

    private EventInvokeConfigRoutes(IFunctionCatalog catalog, EventInvokeConfigs configs, TimeProvider time)
    {
        this.catalog = catalog;
        this.configs = configs;
        this.time = time;
    }

    /// <summary>The routes of the five operations.</summary>
    internal static IReadOnlyList<RestRoute> Of(IFunctionCatalog catalog, EventInvokeConfigs configs, TimeProvider time)
    {
        var routes = new EventInvokeConfigRoutes(catalog, configs, time);
        return
        [
            new RestRoute("PUT", Template, "PutFunctionEventInvokeConfig", routes.PutAsync),
            new RestRoute("POST", Template, "UpdateFunctionEventInvokeConfig", routes.UpdateAsync),
            new RestRoute("GET", Template, "GetFunctionEventInvokeConfig", routes.GetAsync),
            new RestRoute("DELETE", Template, "DeleteFunctionEventInvokeConfig", routes.DeleteAsync),
            new RestRoute("GET", Template + "/list", "ListFunctionEventInvokeConfigs", routes.ListAsync),
        ];
    }

    private async ValueTask<RestAnswer> PutAsync(RestRequest request, CancellationToken cancellation)
    {
        var function = await FindFunctionAsync(request, cancellation);
        var config = Read(request, new EventInvokeConfig(function.Name, function.Qualifier!, time.GetUtcNow()));
        await configs.PutAsync(config, cancellation);
        return new RestAnswer(200, ToJson(config, request.Call));
    }

    private async ValueTask<RestAnswer> UpdateAsync(RestRequest request, CancellationToken cancellation)
    {
        var function = await FindFunctionAsync(request, cancellation);
        var present = await FindAsync(function, request.Call, cancellation);
        var config = Read(request, present with { LastModified = time.GetUtcNow() });
        await configs.PutAsync(config, cancellation);
        return new RestAnswer(200, ToJson(config, request.Call));
    }

    private async ValueTask<RestAnswer> GetAsync(RestRequest request, CancellationToken cancellation)
    {
        var function = await FindFunctionAsync(request, cancellation);
        return new RestAnswer(200, ToJson(await FindAsync(function, request.Call, cancellation), request.Call));
    }

    private async ValueTask<RestAnswer> DeleteAsync(RestRequest request, CancellationToken cancellation)
    {
        var function = await FindFunctionAsync(request, cancellation);
        return await configs.DeleteAsync(function.Name, function.Qualifier!, cancellation)
            ? new RestAnswer(204, null)
            : throw Missing(function, request.Call);
    }

    private async ValueTask<RestAnswer> ListAsync(RestRequest request, CancellationToken cancellation)
    {
        var function = await FindFunctionAsync(request, cancellation);
        var itemsMax = ReadItemsMax(request);
        var marker = (string?)request.Query["Marker"];
        var page = new JsonArray();
        string? last = null;
        string? next = null;
        await foreach (var config in configs.ReadAsync(function.Name, string.IsNullOrEmpty(marker) ? null : marker, cancellation))
        {
            if (page.Count == itemsMax)
            {
                next = last;
                break;
            }

            page.Add((JsonNode)ToJson(config, request.Call));
            last = config.Qualifier;
        }

        var answer = new JsonObject { ["FunctionEventInvokeConfigs"] = page };
        if (next is not null)
        {
            answer["NextMarker"] = next;
        }

        return new RestAnswer(200, answer);
    }

    /// <summary>The function that is named, with a qualifier in any case.</summary>
    private async ValueTask<FunctionReference> FindFunctionAsync(RestRequest request, CancellationToken cancellation)
    {
        var text = request.Path["FunctionName"];
        var reference = FunctionReference.Of(text);
        var asked = (string?)request.Query["Qualifier"];
        if (!string.IsNullOrEmpty(asked))
        {
            reference = reference.Qualifier is null || reference.Qualifier == asked
                ? reference with { Qualifier = asked }
                : throw new AwsException(InvokeRefusals.QualifiersDiffer());
        }

        return await catalog.FindAsync(text, reference.Qualifier, cancellation) is null
            ? throw new AwsException(
                InvokeRefusals.FunctionNotFound(reference.ToArn(request.Call.Region, request.Call.AccountId)))
            : reference with { Qualifier = reference.Qualifier ?? EventInvokeConfigs.Latest };
    }

    private async ValueTask<EventInvokeConfig> FindAsync(
        FunctionReference function, AwsCall call, CancellationToken cancellation) =>
        await configs.FindAsync(function.Name, function.Qualifier, cancellation) ?? throw Missing(function, call);

    private static EventInvokeConfig Read(RestRequest request, EventInvokeConfig config)
    {
        var body = request.ReadJson();
        var retries = ReadNumber(body, "MaximumRetryAttempts", 0, RetriesMax);
        var age = ReadNumber(body, "MaximumEventAgeInSeconds", EventAgeSecondsMin, EventAgeSecondsMax);
        RefuseDestinations(body["DestinationConfig"]);
        if (retries is null && age is null && body["DestinationConfig"] is null)
        {
            throw Invalid("You must specify at least one of error handling or destination setting.");
        }

        return config with
        {
            RetriesMax = retries ?? config.RetriesMax,
            EventAgeMax = age is { } seconds ? TimeSpan.FromSeconds(seconds) : config.EventAgeMax,
        };
    }

    /// <summary>A destination that would be accepted and never delivered to would lose what it is for.</summary>
    private static void RefuseDestinations(JsonNode? destinations)
    {
        foreach (var (side, value) in destinations as JsonObject ?? [])
        {
            if (value is JsonObject { Count: > 0 } one && one["Destination"] is JsonValue target && target.ToString().Length > 0)
            {
                throw Invalid($"Destinations of asynchronous invocations are not built: DestinationConfig.{side} must be empty.");
            }
        }
    }

    private static int? ReadNumber(JsonObject body, string member, int min, int max)
    {
        if (body[member] is not { } node)
        {
            return null;
        }

        if (node is not JsonValue value || !value.TryGetValue<int>(out var number))
        {
            throw new AwsException(400, "SerializationException", $"{member} is not an integer.");
        }

        return number < min || number > max ? throw OutOfRange(member, number.ToString(CultureInfo.InvariantCulture), number < min, min, max) : number;
    }

    private static int ReadItemsMax(RestRequest request)
    {
        var text = (string?)request.Query["MaxItems"];
        if (string.IsNullOrEmpty(text))
        {
            return ListItemsMax;
        }

        return !int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var items) || items is < 1 or > ListItemsMax
            ? throw OutOfRange("MaxItems", text, items < 1, 1, ListItemsMax)
            : items;
    }

    private static AwsException OutOfRange(string member, string value, bool isBelow, int min, int max)
    {
        var name = char.ToLowerInvariant(member[0]) + member[1..];
        var constraint = isBelow ? $"greater than or equal to {min}" : $"less than or equal to {max}";
        return new AwsException(
            400,
            "ValidationException",
            $"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
            + $"Member must have value {constraint}");
    }

    private static AwsException Missing(FunctionReference function, AwsCall call) => new(new AwsFault(
        404,
        "ResourceNotFoundException",
        $"The function {function.ToArn(call.Region, call.AccountId)} doesn't have an EventInvokeConfig",
        new JsonObject { ["Type"] = "User" }));

    private static AwsException Invalid(string message) => new(
        new AwsFault(400, "InvalidParameterValueException", message, new JsonObject { ["Type"] = "User" }));

    private static JsonObject ToJson(EventInvokeConfig config, AwsCall call)
    {
        var answer = new JsonObject
        {
            ["LastModified"] = config.LastModified.ToUnixTimeMilliseconds() / 1000m,
            ["FunctionArn"] = new FunctionReference(config.Name, config.Qualifier).ToArn(call.Region, call.AccountId),
            ["DestinationConfig"] = new JsonObject { ["OnSuccess"] = new JsonObject(), ["OnFailure"] = new JsonObject() },
        };
        if (config.RetriesMax is { } retries)
        {
            answer["MaximumRetryAttempts"] = retries;
        }

        if (config.EventAgeMax is { } age)
        {
            answer["MaximumEventAgeInSeconds"] = (long)age.TotalSeconds;
        }

        return answer;
    }
}
