using Storage.Server.Aws;

namespace Storage.Server.Logs;

/// <summary>The refusals of CloudWatch Logs, in its words.</summary>
internal static class LogsFault
{
    internal static AwsException InvalidParameter(string message) => new(StatusCodes.Status400BadRequest, "InvalidParameterException", message);

    internal static AwsException NoGroup() =>
        new(StatusCodes.Status400BadRequest, "ResourceNotFoundException", "The specified log group does not exist.");

    internal static AwsException NoStream() =>
        new(StatusCodes.Status400BadRequest, "ResourceNotFoundException", "The specified log stream does not exist.");

    internal static AwsException GroupExists() =>
        new(StatusCodes.Status400BadRequest, "ResourceAlreadyExistsException", "The specified log group already exists");

    internal static AwsException StreamExists() =>
        new(StatusCodes.Status400BadRequest, "ResourceAlreadyExistsException", "The specified log stream already exists");
}
