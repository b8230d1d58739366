using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Storage.Server.Lambda.Functions;

/// <summary>What CreateAlias and UpdateAlias share: the alias's members, read and checked.</summary>
/// <param name="FunctionVersion">The version to point to; null when not said.</param>
/// <param name="Description">Null when not said.</param>
/// <param name="AdditionalWeights">Null when not said; empty ends the sharing of calls.</param>
internal sealed partial record AliasRouting(
    string? FunctionVersion, string? Description, ImmutableSortedDictionary<string, double>? AdditionalWeights)
{
    internal const string NamePattern = "(?!^[0-9]+$)([a-zA-Z0-9-_]+)";

    internal static Regex NameForm => Name();

    /// <exception cref="Aws.AwsException">ValidationException; InvalidParameterValueException.</exception>
    internal static AliasRouting Read(RequestMembers request, Constraints constraints)
    {
        var version = request.Text("FunctionVersion");
        constraints.Text("functionVersion", version, 1, 1024, Version(), @"(\$LATEST(\.PUBLISHED)?|[0-9]+)");
        constraints.Text("description", request.Text("Description"), 0, 256);
        var given = request.Structure("RoutingConfig") is { } routing
            ? routing.NumberMap("AdditionalVersionWeights") ?? []
            : null;
        foreach (var (key, weight) in given ?? [])
        {
            Check(key, weight, constraints);
        }

        constraints.ThrowIfAny();
        if (given?.Count > 1)
        {
            throw LambdaFault.Invalid("Number of items in AdditionalVersionWeights cannot be greater than 1");
        }

        return new AliasRouting(
            version, request.Text("Description"), given?.ToImmutableSortedDictionary(StringComparer.Ordinal));
    }

    /// <summary>Checks an alias as it will be, in the change that writes it: what it names must exist then.</summary>
    /// <exception cref="Aws.AwsException">InvalidParameterValueException; ResourceNotFoundException.</exception>
    internal static async ValueTask ThrowIfFaultyAsync(
        StoredAlias alias, FunctionChange change, CancellationToken cancellation)
    {
        var arn = change.Before.Version.Arn;
        await ThrowIfMissingAsync(alias.FunctionVersion).ConfigureAwait(false);
        foreach (var number in alias.AdditionalWeights.Keys)
        {
            if (alias.FunctionVersion == FunctionReference.Latest)
            {
                throw LambdaFault.Invalid("$LATEST is not supported for an alias pointing to more than 1 version");
            }

            if (number == alias.FunctionVersion)
            {
                throw LambdaFault.Invalid(
                    $"Invalid function version {number}. Function version {number} is already included in routing configuration.");
            }

            await ThrowIfMissingAsync(number).ConfigureAwait(false);
        }

        async ValueTask ThrowIfMissingAsync(string version)
        {
            if (version != FunctionReference.Latest
                && await change.ReadVersionAsync(version, cancellation).ConfigureAwait(false) is null)
            {
                throw LambdaFault.FunctionNotFound($"{arn}:{version}");
            }
        }
    }

    private static void Check(string version, double weight, Constraints constraints)
    {
        var shown = string.Create(CultureInfo.InvariantCulture, $"{{{version}={weight}}}");
        if (weight is not (>= 0 and <= 1))
        {
            constraints.Fail(
                "routingConfig.additionalVersionWeights",
                shown,
                "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
                + "Member must have value greater than or equal to 0.0, Member must not be null]");
        }

        if (version.Length is 0 or > 1024 || !FunctionReference.IsVersionNumber(version))
        {
            constraints.Fail(
                "routingConfig.additionalVersionWeights",
                shown,
                "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, "
                + "Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: "
                + "[0-9]+, Member must not be null]");
        }
    }

    [GeneratedRegex(@"\A(?![0-9]+\z)[a-zA-Z0-9_-]+\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"\A(\$LATEST|[0-9]+)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Version();
}
