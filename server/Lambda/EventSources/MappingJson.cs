using System.Globalization;
using System.Text.Json.Nodes;
using Storage.Engine;

namespace Storage.Server.Lambda.EventSources;

/// <summary>EventSourceMappingConfiguration. Source of the members a default mapping has: a recorded answer of AWS.</summary>
internal static class MappingJson
{
    internal static JsonObject Write(EventSourceMapping mapping, string lastResult)
    {
        var json = new JsonObject
        {
            ["UUID"] = mapping.Uuid,
            ["StartingPosition"] = mapping.StartingPosition == StreamStart.Latest ? "LATEST" : "TRIM_HORIZON",
            ["BatchSize"] = mapping.BatchSize,
            ["MaximumBatchingWindowInSeconds"] = mapping.BatchingWindowSeconds,
            ["ParallelizationFactor"] = mapping.ParallelizationFactor,
            ["EventSourceArn"] = mapping.EventSourceArn,
            ["FunctionArn"] = mapping.FunctionArn,
            ["LastModified"] = mapping.LastModified.ToUnixTimeMilliseconds() / 1000m,
            ["LastProcessingResult"] = lastResult,
            ["State"] = mapping.State.ToString(),
            ["StateTransitionReason"] = "User action",
            ["DestinationConfig"] = new JsonObject { ["OnFailure"] = new JsonObject() },
            ["MaximumRecordAgeInSeconds"] = mapping.RecordAgeMaxSeconds,
            ["BisectBatchOnFunctionError"] = mapping.BisectsOnFunctionError,
            ["MaximumRetryAttempts"] = mapping.RetryAttemptsMax,
            ["TumblingWindowInSeconds"] = 0,
            ["FunctionResponseTypes"] = mapping.ReportsItemFailures ? new JsonArray("ReportBatchItemFailures") : new JsonArray(),
            ["EventSourceMappingArn"] = ArnOf(mapping),
        };
        if (!mapping.Filters.IsEmpty)
        {
            var filters = new JsonArray([.. mapping.Filters.Select(pattern => new JsonObject { ["Pattern"] = pattern })]);
            json["FilterCriteria"] = new JsonObject { ["Filters"] = filters };
        }

        return json;
    }

    /// <summary><c>arn:aws:lambda:REGION:ACCOUNT:event-source-mapping:UUID</c>, where the function is.</summary>
    private static string ArnOf(EventSourceMapping mapping)
    {
        var function = mapping.FunctionArn.Split(':');
        return string.Create(
            CultureInfo.InvariantCulture, $"arn:aws:lambda:{function[3]}:{function[4]}:event-source-mapping:{mapping.Uuid}");
    }
}
