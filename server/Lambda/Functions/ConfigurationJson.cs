using System.Globalization;
using System.Text.Json.Nodes;

namespace Storage.Server.Lambda.Functions;

/// <summary>FunctionConfiguration of Lambda's service model, member by member in the order AWS writes.</summary>
internal static class ConfigurationJson
{
    internal static string LogGroupOf(string function) => $"/aws/lambda/{function}";

    /// <summary>A configuration with its state.</summary>
    /// <param name="function">The version.</param>
    /// <param name="qualifier">What stands behind the ARN, or null.</param>
    internal static JsonObject Write(StoredFunction function, string? qualifier)
    {
        var json = WriteListed(function, qualifier);
        json["State"] = function.State.ToString();
        switch (function.State)
        {
            case FunctionState.Pending:
                // As recorded: a function that is being created has no LastUpdateStatus yet.
                json["StateReason"] = "The function is being created.";
                json["StateReasonCode"] = "Creating";
                return json;
            case FunctionState.Failed:
                json["StateReason"] = DamagedReason;
                json["StateReasonCode"] = DamagedCode;
                break;
            default:
                break;
        }

        json["LastUpdateStatus"] = function.Update.ToString();
        switch (function.Update)
        {
            case UpdateStatus.InProgress:
                json["LastUpdateStatusReason"] = "The function is being created.";
                json["LastUpdateStatusReasonCode"] = "Creating";
                break;
            case UpdateStatus.Failed:
                json["LastUpdateStatusReason"] = DamagedReason;
                json["LastUpdateStatusReasonCode"] = DamagedCode;
                break;
            default:
                break;
        }

        return json;
    }

    /// <summary>A configuration as lists show it: without what is in between. Source: API reference, ListFunctions.</summary>
    internal static JsonObject WriteListed(StoredFunction function, string? qualifier)
    {
        var version = function.Version;
        var json = new JsonObject
        {
            ["FunctionName"] = version.Name,
            ["FunctionArn"] = qualifier is null ? version.Arn : $"{version.Arn}:{qualifier}",
            ["Runtime"] = version.Runtime,
            ["Role"] = version.RoleArn,
            ["Handler"] = version.Handler,
            ["CodeSize"] = version.CodeBytes,
            ["Description"] = version.Description,
            ["Timeout"] = version.TimeoutSeconds,
            ["MemorySize"] = version.MemoryMegabytes,
            ["LastModified"] = version.LastModified.ToUniversalTime().ToString(
                "yyyy-MM-dd'T'HH:mm:ss.fff'+0000'", CultureInfo.InvariantCulture),
            ["CodeSha256"] = version.CodeSha256,
            ["Version"] = version.Version,
        };
        if (!version.Environment.IsEmpty)
        {
            var variables = new JsonObject();
            foreach (var (name, value) in version.Environment)
            {
                variables[name] = value;
            }

            json["Environment"] = new JsonObject { ["Variables"] = variables };
        }

        json["TracingConfig"] = new JsonObject { ["Mode"] = "PassThrough" };
        json["RevisionId"] = version.RevisionId;
        json["PackageType"] = "Zip";
        json["Architectures"] = new JsonArray(version.Architecture);
        json["EphemeralStorage"] = new JsonObject { ["Size"] = version.EphemeralMegabytes };
        json["SnapStart"] = new JsonObject { ["ApplyOn"] = "None", ["OptimizationStatus"] = "Off" };
        json["LoggingConfig"] = new JsonObject { ["LogFormat"] = "Text", ["LogGroup"] = LogGroupOf(version.Name) };
        return json;
    }

    private const string DamagedReason = "The function's package is damaged on disk. Update the function's code.";

    private const string DamagedCode = "InvalidZipFileException";
}
