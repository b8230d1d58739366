using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.EventSources;

/// <summary>Refusals of mappings. Source of texts: recorded answers of AWS, unless said otherwise.</summary>
internal static class MappingErrors
{
    internal static AwsException InvalidFilter() => InvalidParameter("Invalid filter pattern definition.");

    /// <summary>Our words; AWS's are not known.</summary>
    internal static AwsException TooManyFilters() =>
        InvalidParameter($"A mapping has at most {EventFilter.PatternsMax} filters.");

    internal static AwsException StreamNotFound(string arn) => InvalidParameter("Stream not found: " + arn);

    internal static AwsException FunctionNotFound() => InvalidParameter("Function does not exist");

    internal static AwsException UnrecognizedSource() => InvalidParameter("Unrecognized event source.");

    internal static AwsException StartingPositionMissing() => InvalidParameter(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.");

    internal static AwsException StartingPositionUnsupported(string arn) =>
        InvalidParameter("Unsupported starting position for arn type: " + arn);

    /// <summary>Our words, for what is not built or does not go with a stream.</summary>
    internal static AwsException Unsupported(string member) =>
        InvalidParameter($"{member} is not supported for event source mappings of DynamoDB streams.");

    /// <summary>Our words, for event sources other than DynamoDB streams.</summary>
    internal static AwsException UnsupportedSource(string arn) =>
        InvalidParameter($"Only DynamoDB streams are supported as event sources, and this is none: {arn}");

    /// <summary>Our words.</summary>
    internal static AwsException RecordAge() => InvalidParameter("MaximumRecordAgeInSeconds is -1, or from 60 to 604800.");

    internal static AwsException Duplicate(string streamArn, string functionArn, string uuid) => Refusal(
        409,
        "ResourceConflictException",
        $"The event source arn (\" {streamArn} \") and function (\" {functionArn} \") provided mapping already exists. "
        + $"Please update or delete the existing mapping with UUID {uuid}");

    internal static AwsException NotFound() =>
        Refusal(404, "ResourceNotFoundException", "The resource you requested does not exist.");

    internal static AwsException InUse(string verb) =>
        Refusal(400, "ResourceInUseException", $"Cannot {verb} the event source mapping because it is in use.");

    internal static AwsException InvalidParameter(string message) => Refusal(400, "InvalidParameterValueException", message);

    private static AwsException Refusal(int status, string code, string message) =>
        new(new AwsFault(status, code, message, new JsonObject { ["Type"] = "User" }));
}
