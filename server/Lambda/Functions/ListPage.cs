using System.Globalization;
using System.Text;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>Marker and MaxItems of a list operation. Markers are opaque to clients: where the page before ended.</summary>
/// <param name="After">What the page before ended with; null for the first page.</param>
/// <param name="ItemsMax">Items of this page.</param>
internal sealed record ListPage(string? After, int ItemsMax)
{
    /// <summary>Source: API reference, ListFunctions: at most 50 items in an answer, whatever MaxItems says.</summary>
    private const int PageItemsMax = 50;

    /// <exception cref="AwsException">ValidationException; InvalidParameterValueException for a marker not given by us.</exception>
    internal static ListPage Read(RestRequest request, int itemsMax = 10_000)
    {
        var wanted = PageItemsMax;
        if (request.Query["MaxItems"].FirstOrDefault() is { } text)
        {
            if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out wanted))
            {
                throw LambdaFault.Serialization("Value of member MaxItems can not be converted to an integer");
            }

            var constraints = new Constraints();
            constraints.Range("maxItems", wanted, 1, itemsMax);
            constraints.ThrowIfAny();
        }

        return new ListPage(MarkerOf(request), Math.Min(wanted, PageItemsMax));
    }

    internal static string Marker(string last) => Convert.ToBase64String(Encoding.UTF8.GetBytes(last));

    private static string? MarkerOf(RestRequest request)
    {
        var marker = request.Query["Marker"].FirstOrDefault();
        if (string.IsNullOrEmpty(marker))
        {
            return null;
        }

        try
        {
            // Key conditions compare to it: it must not be longer than a key.
            var after = Encoding.UTF8.GetString(Convert.FromBase64String(marker));
            return after.Length is > 0 and <= 256 ? after : throw new FormatException();
        }
        catch (FormatException)
        {
            throw LambdaFault.Invalid("The provided Marker is not valid.");
        }
    }
}
