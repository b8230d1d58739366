using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Logs;

/// <summary>Members that say how many.</summary>
internal static class Limits
{
    /// <exception cref="AwsException">InvalidParameterException.</exception>
    internal static int Read(JsonObject request, string member, int byDefault, int max)
    {
        var limit = request.Long(member) ?? byDefault;
        if (limit < 1 || limit > max)
        {
            throw LogsFault.InvalidParameter(
                $"1 validation error detected: Value '{limit}' at '{member}' failed to satisfy constraint: "
                + (limit < 1 ? "Member must have value greater than or equal to 1" : $"Member must have value less than or equal to {max}"));
        }

        return (int)limit;
    }
}
