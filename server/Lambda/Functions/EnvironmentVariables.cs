using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Storage.Server.Lambda.Functions;

/// <summary>A function's environment variables as a client gives them. Their values are secrets: none reaches a log.</summary>
internal static partial class EnvironmentVariables
{
    /// <summary>Source: Developer Guide, Lambda quotas: 4 KB, all variables together.</summary>
    private const int BytesMax = 4096;

    /// <summary>Names that Lambda sets itself. Source: Developer Guide, defined runtime environment variables.</summary>
    private static readonly string[] Reserved =
    [
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT",
    ];

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Environment of a request; null when it has none.</summary>
    internal static ImmutableSortedDictionary<string, string>? Read(RequestMembers request, Constraints constraints)
    {
        if (request.Structure("Environment") is not { } environment)
        {
            return null;
        }

        var variables = environment.TextMap("Variables") ?? [];
        if (!variables.All(variable => NameForm().IsMatch(variable.Key)))
        {
            // The model calls names and values sensitive: the message does not show them.
            constraints.Fail(
                "environment.variables",
                null,
                "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "
                + "[a-zA-Z]([a-zA-Z0-9_])+, Member must not be null]");
        }

        return variables.ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    /// <exception cref="Aws.AwsException">InvalidParameterValueException: too large, or a name of Lambda's own.</exception>
    internal static void ThrowIfRefused(ImmutableSortedDictionary<string, string> variables)
    {
        const string prefix = "Lambda was unable to configure your environment variables because the environment variables you have provided ";
        var reserved = variables.Keys.Where(name => Reserved.Contains(name)).ToList();
        if (reserved.Count > 0)
        {
            throw LambdaFault.Invalid(
                prefix + "contains reserved keys that are currently not supported for modification. "
                + $"Reserved keys used in this request: {string.Join(", ", reserved)}");
        }

        var json = new JsonObject();
        foreach (var (name, value) in variables)
        {
            json[name] = value;
        }

        var measured = json.ToJsonString(Plain);
        if (Encoding.UTF8.GetByteCount(measured) > BytesMax)
        {
            throw LambdaFault.Invalid($"{prefix}exceeded the 4KB limit. String measured: {measured}");
        }
    }

    [GeneratedRegex(@"\A[a-zA-Z][a-zA-Z0-9_]+\z")]
    private static partial Regex NameForm();
}
