using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Storage.Server.Aws;

namespace Storage.Server.Identity;

/// <summary>Texts of requests and answers: names, policy documents, times. Constraints from the services' models.</summary>
internal static partial class IdentityText
{
    private const int PolicyCharactersMax = 131_072;

    /// <summary>A name of up to <paramref name="lengthMax"/> letters, digits and <c>+=,.@_-</c>.</summary>
    /// <exception cref="AwsException">ValidationError.</exception>
    internal static string Name(QueryParameters request, string parameter, int lengthMin, int lengthMax)
    {
        var value = request.Required(parameter);
        var member = char.ToLowerInvariant(parameter[0]) + parameter[1..];
        if (value.Length < lengthMin || value.Length > lengthMax)
        {
            throw IdentityFault.Constraint(member, value, value.Length < lengthMin
                ? $"Member must have length greater than or equal to {lengthMin}"
                : $"Member must have length less than or equal to {lengthMax}");
        }

        return NamePattern().IsMatch(value) ? value : throw IdentityFault.Validation(
            $"The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-");
    }

    /// <summary>A number in a range, or its default.</summary>
    /// <exception cref="AwsException">ValidationError.</exception>
    internal static int Number(QueryParameters request, string parameter, int byDefault, int min, int max)
    {
        if (request[parameter] is not { } text)
        {
            return byDefault;
        }

        var member = char.ToLowerInvariant(parameter[0]) + parameter[1..];
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number < min || number > max)
        {
            throw IdentityFault.Constraint(member, text, number > max
                ? $"Member must have value less than or equal to {max}"
                : $"Member must have value greater than or equal to {min}");
        }

        return number;
    }

    /// <summary>A policy: a JSON object with statements. What they allow is stored and not enforced yet.</summary>
    /// <exception cref="AwsException">MalformedPolicyDocument.</exception>
    internal static string Policy(QueryParameters request, string parameter)
    {
        var text = request.Required(parameter);
        if (text.Length > PolicyCharactersMax)
        {
            throw IdentityFault.Constraint(
                char.ToLowerInvariant(parameter[0]) + parameter[1..], text[..20], $"Member must have length less than or equal to {PolicyCharactersMax}");
        }

        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("Statement", out _)
                ? text
                : throw IdentityFault.MalformedPolicy("Syntax errors in policy.");
        }
        catch (JsonException)
        {
            throw IdentityFault.MalformedPolicy("This policy contains invalid Json");
        }
    }

    /// <summary>Characters of a policy that count: blanks do not. Source: IAM and STS quotas.</summary>
    internal static int CountedLength(string policy) => policy.Count(one => !char.IsWhiteSpace(one));

    /// <summary>A role's ARN, in whatever account.</summary>
    /// <exception cref="AwsException">ValidationError.</exception>
    internal static (string Account, string RoleName) RoleArn(string arn)
    {
        var match = RoleArnPattern().Match(arn);
        return match.Success
            ? (match.Groups["account"].Value, match.Groups["name"].Value)
            : throw IdentityFault.Validation($"{arn} is invalid");
    }

    internal static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^[A-Za-z0-9+=,.@_-]+\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^arn:aws[a-z-]*:iam::(?<account>[0-9]{12}):role/(?:[!-~]+/)?(?<name>[A-Za-z0-9+=,.@_-]{1,64})\z")]
    private static partial Regex RoleArnPattern();
}
