using System.Text.Json.Nodes;
using Storage.Engine;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>An <see cref="EventInvokeConfig"/> as an item and as clients see it.</summary>
internal static class EventInvokeItem
{
    internal static AwsException NotFound(FunctionReference reference) => LambdaFault.NotFound(
        $"The function {reference.Arn}:{reference.Qualifier ?? FunctionReference.Latest} doesn't have an EventInvokeConfig");

    internal static EventInvokeConfig Read(Item item) => new()
    {
        MaximumRetryAttempts = item.TryGetValue("retryAttemptsMax", out var attempts) ? (int)attempts.AsInt64() : null,
        MaximumEventAgeSeconds = item.TryGetValue("eventAgeSecondsMax", out var age) ? (int)age.AsInt64() : null,
        LastModified = DateTimeOffset.FromUnixTimeMilliseconds(item["lastModifiedMilliseconds"].AsInt64()),
    };

    internal static Item Write(EventInvokeConfig config, string function, string? qualifier)
    {
        var attributes = new List<(string, AttributeValue)>
        {
            ("pk", function),
            ("sk", FunctionKeys.EventInvoke(qualifier)),
            ("lastModifiedMilliseconds", config.LastModified.ToUnixTimeMilliseconds()),
        };
        if (config.MaximumRetryAttempts is { } attempts)
        {
            attributes.Add(("retryAttemptsMax", attempts));
        }

        if (config.MaximumEventAgeSeconds is { } age)
        {
            attributes.Add(("eventAgeSecondsMax", age));
        }

        return Item.Of([.. attributes]);
    }

    /// <summary>FunctionEventInvokeConfig of Lambda's service model.</summary>
    internal static JsonObject ToJson(EventInvokeConfig config, string functionArn, string? qualifier)
    {
        var json = new JsonObject
        {
            ["LastModified"] = config.LastModified.ToUnixTimeMilliseconds() / 1000.0,
            ["FunctionArn"] = $"{functionArn}:{qualifier ?? FunctionReference.Latest}",
        };
        if (config.MaximumRetryAttempts is { } attempts)
        {
            json["MaximumRetryAttempts"] = attempts;
        }

        if (config.MaximumEventAgeSeconds is { } age)
        {
            json["MaximumEventAgeInSeconds"] = age;
        }

        json["DestinationConfig"] = new JsonObject { ["OnSuccess"] = new JsonObject(), ["OnFailure"] = new JsonObject() };
        return json;
    }
}
