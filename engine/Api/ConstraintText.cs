namespace Storage.Engine.Api;

/// <summary>
/// How DynamoDB words a member that breaks its model's constraint. Since June 2026 most Regions name the member as the
/// request does and no longer repeat the value; enum values and the members of transactions keep the older form.
/// Source: texts captured from DynamoDB. All such wording is in this file because which form to use is to become a
/// setting.
/// </summary>
internal static class ConstraintText
{
    internal static string LengthAtLeast(string member, int minimum) =>
        $"Value at '{member}' failed to satisfy constraint: Member must have length greater than or equal to {minimum}";

    internal static string LengthAtMost(string member, int maximum) =>
        $"Value at '{member}' failed to satisfy constraint: Member must have length less than or equal to {maximum}";

    internal static string ValueAtLeast(string member, long minimum) =>
        $"Value at '{member}' failed to satisfy constraint: Member must have value greater than or equal to {minimum}";

    internal static string ValueAtMost(string member, long maximum) =>
        $"Value at '{member}' failed to satisfy constraint: Member must have value less than or equal to {maximum}";

    internal static string Pattern(string member, string pattern) =>
        $"Value at '{member}' failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}";

    /// <param name="member">In the older form: the first letter is small, e.g. <c>returnValues</c>.</param>
    /// <param name="value">What came.</param>
    /// <param name="values">The values there are, in AWS's order.</param>
    internal static string Enum(string member, string value, string values) =>
        $"Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy enum value set: [{values}]";

    /// <summary>A member of a nested structure that is required; top-level ones have <see cref="RequestJson.Missing"/>.</summary>
    internal static string NotNull(string member) =>
        $"Value null at '{member}' failed to satisfy constraint: Member must not be null";

    /// <summary>The older form, with the value.</summary>
    internal static string LengthAtLeast(string member, string value, int minimum) =>
        $"Value '{value}' at '{member}' failed to satisfy constraint: Member must have length greater than or equal to {minimum}";

    /// <summary>The older form, with the value.</summary>
    internal static string LengthAtMost(string member, string value, int maximum) =>
        $"Value '{value}' at '{member}' failed to satisfy constraint: Member must have length less than or equal to {maximum}";
}
