using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Storage.Server.Lambda.Functions;

/// <summary>
/// The settings that CreateFunction and UpdateFunctionConfiguration share: read, checked, and laid over a version. What
/// AWS knows and this server does not do is refused by name, unless it says nothing (an empty list, a default).
/// </summary>
internal sealed partial class FunctionSettings
{
    /// <summary>Source: Lambda's service model: memory of functions outside of managed instances ends lower.</summary>
    private const int ModelMemoryMegabytesMax = 32_768;

    private const int MemoryMegabytesMax = 10_240;

    /// <summary>Source: STS's service model, arnType.</summary>
    private const int RoleArnLengthMax = 2048;

    private const string RolePattern = @"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+";

    private static readonly string[] NotBuilt =
    [
        "Layers", "FileSystemConfigs", "ImageConfig", "KMSKeyArn", "CodeSigningConfigArn", "CapacityProviderConfig",
        "DurableConfig", "TenancyConfig", "PublishTo", "DeadLetterConfig", "VpcConfig",
    ];

    private FunctionSettings()
    {
    }

    internal string? Runtime { get; private init; }

    internal string? RoleArn { get; private init; }

    internal string? Handler { get; private init; }

    private string? Description { get; init; }

    private int? TimeoutSeconds { get; init; }

    private int? MemoryMegabytes { get; init; }

    private int? EphemeralMegabytes { get; init; }

    private ImmutableSortedDictionary<string, string>? Environment { get; init; }

    /// <summary>Reads and checks.</summary>
    /// <exception cref="Aws.AwsException">
    /// ValidationException; InvalidParameterValueException; SerializationException for a member of another type.
    /// </exception>
    internal static FunctionSettings Read(RequestMembers request, Constraints constraints, string function)
    {
        var ephemeral = request.Structure("EphemeralStorage")?.Integer("Size");
        constraints.Text("role", request.Text("Role"), 0, int.MaxValue, RoleForm(), RolePattern);
        constraints.Text("handler", request.Text("Handler"), 0, 128, HandlerForm(), @"[^\s]+");
        constraints.Text("description", request.Text("Description"), 0, 256);
        constraints.Range("timeout", request.Integer("Timeout"), 1, 900);
        constraints.Range("memorySize", request.Integer("MemorySize"), 128, ModelMemoryMegabytesMax);
        constraints.Range("ephemeralStorage.size", ephemeral, 512, 10_240);
        var environment = EnvironmentVariables.Read(request, constraints);
        constraints.ThrowIfAny();
        ThrowIfNotBuilt(request, function);
        if (request.Text("Runtime") is { } runtime)
        {
            Runtimes.ThrowIfUnknown(runtime);
        }

        if (request.Integer("MemorySize") > MemoryMegabytesMax)
        {
            throw LambdaFault.Invalid(
                $"'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to {MemoryMegabytesMax}");
        }

        if (request.Text("Role") is { } role && (role.Length > RoleArnLengthMax || !AssumableForm().IsMatch(role)))
        {
            throw LambdaFault.Invalid("The role defined for the function cannot be assumed by Lambda.");
        }

        if (environment is not null)
        {
            EnvironmentVariables.ThrowIfRefused(environment);
        }

        return new FunctionSettings
        {
            Runtime = request.Text("Runtime"),
            RoleArn = request.Text("Role"),
            Handler = request.Text("Handler"),
            Description = request.Text("Description"),
            TimeoutSeconds = (int?)request.Integer("Timeout"),
            MemoryMegabytes = (int?)request.Integer("MemorySize"),
            EphemeralMegabytes = (int?)ephemeral,
            Environment = environment,
        };
    }

    /// <summary>The version with these settings instead of its own, where they say something.</summary>
    internal FunctionVersion Over(FunctionVersion version) => version with
    {
        Runtime = Runtime ?? version.Runtime,
        RoleArn = RoleArn ?? version.RoleArn,
        Handler = Handler ?? version.Handler,
        Description = Description ?? version.Description,
        TimeoutSeconds = TimeoutSeconds ?? version.TimeoutSeconds,
        MemoryMegabytes = MemoryMegabytes ?? version.MemoryMegabytes,
        EphemeralMegabytes = EphemeralMegabytes ?? version.EphemeralMegabytes,
        Environment = Environment ?? version.Environment,
    };

    private static void ThrowIfNotBuilt(RequestMembers request, string function)
    {
        foreach (var name in NotBuilt)
        {
            if (request.Says(name))
            {
                throw LambdaFault.NotBuilt(name);
            }
        }

        Allow(request, "TracingConfig", "Mode", "PassThrough");
        Allow(request, "SnapStart", "ApplyOn", "None");
        Allow(request, "LoggingConfig", "LogFormat", "Text");
        Allow(request, "LoggingConfig", "LogGroup", ConfigurationJson.LogGroupOf(function));
        foreach (var level in (ReadOnlySpan<string>)["ApplicationLogLevel", "SystemLogLevel"])
        {
            if (request.Structure("LoggingConfig")?.Says(level) == true)
            {
                throw LambdaFault.NotBuilt($"LoggingConfig.{level}");
            }
        }
    }

    private static void Allow(RequestMembers request, string structure, string member, string only)
    {
        if (request.Structure(structure)?.Text(member) is { } value && value != only)
        {
            throw LambdaFault.NotBuilt($"{structure}.{member} {value}");
        }
    }

    [GeneratedRegex(@"\Aarn:(aws[a-zA-Z-]*)?:iam::[0-9]{12}:role/?[a-zA-Z_0-9+=,.@/-]+\z", RegexOptions.ExplicitCapture)]
    private static partial Regex RoleForm();

    /// <summary>What STS gives sessions of; Lambda's model takes more.</summary>
    [GeneratedRegex(@"\Aarn:aws[a-z-]*:iam::[0-9]{12}:role/([^/]+/)*[^/]{1,64}\z", RegexOptions.ExplicitCapture)]
    private static partial Regex AssumableForm();

    [GeneratedRegex(@"\A[^\s]+\z")]
    private static partial Regex HandlerForm();
}
