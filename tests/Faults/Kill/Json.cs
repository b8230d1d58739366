using System.Globalization;
using System.Text.Json;

namespace Storage.Faults.Kill;

/// <summary>Attributes of an item in DynamoDB's JSON.</summary>
internal static class Json
{
    internal static string Text(this JsonElement item, string name) => item.GetProperty(name).GetProperty("S").GetString()!;

    internal static long Number(this JsonElement item, string name) =>
        long.Parse(item.GetProperty(name).GetProperty("N").GetString()!, CultureInfo.InvariantCulture);

    internal static long NumberOrZero(this JsonElement item, string name) =>
        item.TryGetProperty(name, out _) ? item.Number(name) : 0;
}
