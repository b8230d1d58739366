using System.Globalization;
using System.Text.RegularExpressions;

namespace Storage.Server.Lambda.Functions;

/// <summary>
/// Collects what is wrong with a request's members and says all of it at once, as AWS does. The patterns are those of
/// Lambda's service model; they are shown as the model writes them.
/// </summary>
internal sealed class Constraints
{
    private readonly List<string> failures = [];

    /// <summary>The member must be there.</summary>
    internal void Required(string member, bool isPresent)
    {
        if (!isPresent)
        {
            failures.Add($"Value null at '{member}' failed to satisfy constraint: Member must not be null");
        }
    }

    /// <summary>A text that is there must have a length and a form.</summary>
    internal void Text(string member, string? value, int lengthMin, int lengthMax, Regex? form = null, string? pattern = null)
    {
        if (value is null)
        {
            return;
        }

        if (form is not null && !form.IsMatch(value))
        {
            Fail(member, value, $"Member must satisfy regular expression pattern: {pattern}");
        }

        if (value.Length < lengthMin)
        {
            Fail(member, value, string.Create(
                CultureInfo.InvariantCulture, $"Member must have length greater than or equal to {lengthMin}"));
        }

        if (value.Length > lengthMax)
        {
            Fail(member, value, string.Create(
                CultureInfo.InvariantCulture, $"Member must have length less than or equal to {lengthMax}"));
        }
    }

    /// <summary>A number that is there must lie in a range.</summary>
    internal void Range(string member, long? value, long min, long max)
    {
        if (value < min)
        {
            Fail(member, Text(value.Value), $"Member must have value greater than or equal to {Text(min)}");
        }
        else if (value > max)
        {
            Fail(member, Text(value.Value), $"Member must have value less than or equal to {Text(max)}");
        }
    }

    /// <summary>A text that is there must be one of several.</summary>
    internal void OneOf(string member, string? value, params ReadOnlySpan<string> known)
    {
        if (value is not null && !known.Contains(value))
        {
            Fail(member, value, $"Member must satisfy enum value set: [{string.Join(", ", known!)}]");
        }
    }

    /// <summary>Any other failure; <paramref name="value"/> is null for what must not be shown.</summary>
    internal void Fail(string member, string? value, string constraint) => failures.Add(value is null
        ? $"Value at '{member}' failed to satisfy constraint: {constraint}"
        : $"Value '{value}' at '{member}' failed to satisfy constraint: {constraint}");

    /// <exception cref="Aws.AwsException">ValidationException, when anything failed.</exception>
    internal void ThrowIfAny()
    {
        if (failures.Count > 0)
        {
            var noun = failures.Count == 1 ? "error" : "errors";
            throw LambdaFault.Validation($"{Text(failures.Count)} validation {noun} detected: {string.Join("; ", failures)}");
        }
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
