using System.Globalization;
using Storage.Server.Contracts;

namespace Storage.Server.Lambda.Environments;

/// <summary>
/// The environment variables of a function's process: the set recorded on AWS and AWS_ENDPOINT_URL, nothing of the
/// server's own. TMPDIR is not among them, so functions share the machine's /tmp.
/// </summary>
internal static class EnvironmentVariables
{
    internal static Dictionary<string, string> Of(
        FunctionVersion version,
        RuntimeProgram program,
        SessionCredentials credentials,
        EnvironmentPaths paths,
        string runtimeApi,
        string logStream,
        string region,
        Uri endpoint)
    {
        var task = paths.Task;
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AWS_ENDPOINT_URL"] = endpoint.ToString().TrimEnd('/'),
            ["AWS_XRAY_CONTEXT_MISSING"] = "LOG_ERROR",
            // AWS's own daemon has a link-local address; here nothing leaves the machine.
            ["AWS_XRAY_DAEMON_ADDRESS"] = "127.0.0.1:2000",
            ["_AWS_XRAY_DAEMON_ADDRESS"] = "127.0.0.1",
            ["_AWS_XRAY_DAEMON_PORT"] = "2000",
            // AWS's own value, en_US.UTF-8, is not on every machine; a missing one would mean ASCII.
            ["LANG"] = "C.UTF-8",
            ["LD_LIBRARY_PATH"] = $"{task}:{task}/lib:/opt/lib",
            ["PATH"] = program.Directory is { } directory
                ? $"{directory}:/usr/local/bin:/usr/bin:/bin:/opt/bin"
                : "/usr/local/bin:/usr/bin:/bin:/opt/bin",
            ["TZ"] = ":UTC",
        };
        switch (program.Kind)
        {
            case RuntimeKind.Python:
                variables["PYTHONPATH"] = paths.Runtime;
                break;
            case RuntimeKind.Node:
                variables["NODE_PATH"] = $"/opt/nodejs/node_modules:{paths.Runtime}/node_modules";
                break;
            default:
                break;
        }

        foreach (var (name, value) in version.Environment)
        {
            variables[name] = value;
        }

        // Reserved: what a function's configuration says of these does not count.
        variables["_HANDLER"] = version.Handler;
        variables["AWS_REGION"] = region;
        variables["AWS_DEFAULT_REGION"] = region;
        variables["AWS_EXECUTION_ENV"] = $"AWS_Lambda_{version.Runtime}";
        variables["AWS_LAMBDA_FUNCTION_NAME"] = version.Name;
        variables["AWS_LAMBDA_FUNCTION_VERSION"] = version.Version;
        variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = version.MemoryMegabytes.ToString(CultureInfo.InvariantCulture);
        variables["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand";
        variables["AWS_LAMBDA_LOG_GROUP_NAME"] = CallLog.GroupOf(version.Name);
        variables["AWS_LAMBDA_LOG_STREAM_NAME"] = logStream;
        variables["AWS_ACCESS_KEY_ID"] = credentials.AccessKeyId;
        variables["AWS_SECRET_ACCESS_KEY"] = credentials.SecretAccessKey;
        variables["AWS_SESSION_TOKEN"] = credentials.SessionToken;
        variables["AWS_LAMBDA_RUNTIME_API"] = runtimeApi;
        variables["LAMBDA_TASK_ROOT"] = task;
        variables["LAMBDA_RUNTIME_DIR"] = paths.Runtime;
        variables["PWD"] = task;
        variables["SHLVL"] = "0";
        return variables;
    }
}
