using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>The Resource of TagResource, UntagResource and ListTags: the ARN of a function.</summary>
internal static class TaggedFunction
{
    /// <exception cref="AwsException">ValidationException; InvalidParameterValueException for what has no tags here.</exception>
    internal static FunctionReference Of(RestRequest request, FunctionCatalog catalog)
    {
        var resource = request.Path["Resource"];
        if (!resource.StartsWith("arn:", StringComparison.Ordinal))
        {
            var constraints = new Constraints();
            constraints.Fail(
                "resource",
                resource,
                @"Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)");
            constraints.ThrowIfAny();
        }

        // arn:aws:lambda:REGION:ACCOUNT:TYPE:...
        if (resource.Split(':') is [_, _, _, _, _, not "function", ..])
        {
            throw LambdaFault.NotBuilt("Tagging of anything but functions");
        }

        var reference = FunctionReference.Parse(resource, null, catalog.Home);
        return reference.Qualifier is null
            ? reference
            : throw LambdaFault.Invalid(
                "Tags on function aliases and versions are not supported. Please specify a function ARN.");
    }
}
