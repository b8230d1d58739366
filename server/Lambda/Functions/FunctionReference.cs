using System.Text.RegularExpressions;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>What a client means by FunctionName and Qualifier. Every form AWS takes: name, partial ARN, ARN; the last two
/// parts may be a qualifier.</summary>
/// <param name="Name">The function's own name.</param>
/// <param name="Qualifier">Version, alias or <c>$LATEST</c>; null when none was given.</param>
/// <param name="Arn">Without qualifier.</param>
internal sealed partial record FunctionReference(string Name, string? Qualifier, string Arn)
{
    internal const string Latest = "$LATEST";

    private const int NameLengthMax = 64;

    private const int FunctionNameLengthMax = 140;

    private const int NamespacedLengthMax = 256;

    private const string FunctionNamePattern =
        @"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?";

    private const string NamespacedPattern =
        @"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";

    private const string QualifierPattern = @"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+";

    /// <summary>The ARN with the qualifier, if there is one.</summary>
    internal string QualifiedArn => Qualifier is null ? Arn : $"{Arn}:{Qualifier}";

    /// <summary>Reads what operations on a function, its versions and its aliases take.</summary>
    /// <exception cref="AwsException">ValidationException; InvalidParameterValueException when two qualifiers differ;
    /// ResourceNotFoundException for another Region's or account's function.</exception>
    internal static FunctionReference Parse(string function, string? qualifier, FunctionHome home) =>
        Parse(function, qualifier, home, NamespacedLengthMax, NamespacedPattern);

    /// <summary>Reads what operations on a function only take.</summary>
    /// <exception cref="AwsException">As <see cref="Parse(string, string?, FunctionHome)"/>; InvalidParameterValueException
    /// for a version or alias.</exception>
    internal static FunctionReference ParseUnqualified(string function, FunctionHome home)
    {
        var reference = Parse(function, null, home, FunctionNameLengthMax, FunctionNamePattern);
        return reference.Qualifier is null or Latest
            ? reference with { Qualifier = null }
            : throw LambdaFault.Invalid(
                "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
                + "Please specify either a function name or an unqualified function ARN.");
    }

    /// <summary>Reads the name of a function to be.</summary>
    internal static FunctionReference ParseNew(string function, FunctionHome home)
    {
        var reference = ParseUnqualified(function, home);
        var constraints = new Constraints();
        constraints.Text("functionName", reference.Name, 1, NameLengthMax);
        constraints.ThrowIfAny();
        return reference;
    }

    /// <summary>Whether the qualifier names a published version.</summary>
    internal static bool IsVersionNumber(string qualifier) => qualifier.All(char.IsAsciiDigit);

    private static FunctionReference Parse(
        string function, string? qualifier, FunctionHome home, int lengthMax, string pattern)
    {
        var constraints = new Constraints();
        constraints.Text("functionName", function, 1, lengthMax, Form(), pattern);
        constraints.Text("qualifier", qualifier, 1, 128, QualifierForm(), QualifierPattern);
        constraints.ThrowIfAny();
        var match = Form().Match(function);
        if (match.Groups["region"] is { Success: true } region && region.Value != home.Region)
        {
            throw LambdaFault.NotFound(
                $"Functions from '{region.Value}' are not reachable in this region ('{home.Region}')");
        }

        if (match.Groups["account"] is { Success: true } account && account.Value != home.AccountId)
        {
            throw LambdaFault.FunctionNotFound(function);
        }

        var derived = match.Groups["qualifier"] is { Success: true } inName ? inName.Value : null;
        if (derived is not null && qualifier is not null && derived != qualifier)
        {
            throw LambdaFault.Invalid("The derived qualifier from the function name does not match the specified qualifier.");
        }

        var name = match.Groups["name"].Value;
        return new FunctionReference(name, qualifier ?? derived, home.ArnOf(name));
    }

    [GeneratedRegex(
        @"\A(arn:(aws[a-zA-Z-]*)?:lambda:)?((?<region>[a-z]{2}(-gov|-iso[a-z]?)?-[a-z]+-[0-9]):)?((?<account>[0-9]{12}):)?(function:)?(?<name>[a-zA-Z0-9_-]+)(:(?<qualifier>\$LATEST|[a-zA-Z0-9_-]+))?\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Form();

    [GeneratedRegex(@"\A(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9_$-]+)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex QualifierForm();
}
