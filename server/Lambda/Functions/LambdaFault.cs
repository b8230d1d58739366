using System.Globalization;
using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>The errors of function management, in AWS's words. Source: Lambda's service model and recorded answers.</summary>
internal static class LambdaFault
{
    internal static AwsException FunctionNotFound(string arn) =>
        User(404, "ResourceNotFoundException", $"Function not found: {arn}");

    internal static AwsException AliasNotFound(string arn) =>
        User(404, "ResourceNotFoundException", $"Cannot find alias arn: {arn}");

    internal static AwsException NotFound(string message) => User(404, "ResourceNotFoundException", message);

    internal static AwsException Conflict(string message) => User(409, "ResourceConflictException", message);

    internal static AwsException Invalid(string message) => User(400, "InvalidParameterValueException", message);

    /// <summary>A setting of AWS's that is known here and does nothing here: refused rather than stored in vain.</summary>
    internal static AwsException NotBuilt(string what) => Invalid($"{what} is not built in this server.");

    internal static AwsException TooLarge(string message) => User(413, "RequestEntityTooLargeException", message);

    internal static AwsException Serialization(string message) => User(400, "SerializationException", message);

    internal static AwsException Validation(string message) => new(400, "ValidationException", message);

    /// <summary>The RevisionId a client gave is not the latest.</summary>
    internal static AwsException FunctionRevision() => Revision("GetFunction/GetAlias");

    /// <summary>The RevisionId a client gave is not the policy's latest.</summary>
    internal static AwsException PolicyRevision() => Revision("GetPolicy");

    internal static AwsException PolicyTooLong(int bytes, int bytesMax) => User(
        400,
        "PolicyLengthExceededException",
        string.Create(CultureInfo.InvariantCulture, $"The final policy size ({bytes}) is bigger than the limit ({bytesMax})."));

    /// <summary>So many changes of one function at once that this one never came through.</summary>
    internal static AwsException UpdateInProgress(string arn) => Conflict(
        $"The operation cannot be performed at this time. An update is in progress for resource: {arn}");

    private static AwsException Revision(string api) => User(
        412,
        "PreconditionFailedException",
        $"The Revision Id provided does not match the latest Revision Id. Call the {api} API to retrieve the latest Revision Id");

    private static AwsException User(int status, string code, string message) =>
        new(new AwsFault(status, code, message, new JsonObject { ["Type"] = "User" }));
}
