using Storage.Server.Aws;

namespace Storage.Server.Identity;

/// <summary>The refusals of IAM and STS, in their words.</summary>
internal static class IdentityFault
{
    internal static AwsException Validation(string message) => new(StatusCodes.Status400BadRequest, "ValidationError", message);

    /// <summary>A parameter that breaks its constraint in the service's model.</summary>
    internal static AwsException Constraint(string parameter, string value, string rule) => Validation(
        $"1 validation error detected: Value '{value}' at '{parameter}' failed to satisfy constraint: {rule}");

    internal static AwsException NoEntity(string message) => new(StatusCodes.Status404NotFound, "NoSuchEntity", message);

    internal static AwsException NoRole(string name) => NoEntity($"The role with name {name} cannot be found.");

    internal static AwsException RoleExists(string name) =>
        new(StatusCodes.Status409Conflict, "EntityAlreadyExists", $"Role with name {name} already exists.");

    internal static AwsException DeleteConflict(string message) => new(StatusCodes.Status409Conflict, "DeleteConflict", message);

    internal static AwsException LimitExceeded(string message) => new(StatusCodes.Status409Conflict, "LimitExceeded", message);

    internal static AwsException MalformedPolicy(string message) =>
        new(StatusCodes.Status400BadRequest, "MalformedPolicyDocument", message);
}
