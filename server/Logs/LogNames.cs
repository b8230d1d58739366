using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Storage.Server.Aws;

namespace Storage.Server.Logs;

/// <summary>Names of groups and streams in requests, checked by the patterns of the service's model, and their ARNs.</summary>
internal static class LogNames
{
    private const int LengthMax = 512;

    private static readonly SearchValues<char> GroupCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_/#");

    /// <summary>The member logGroupName, which must be there.</summary>
    /// <exception cref="AwsException">InvalidParameterException.</exception>
    internal static string Group(JsonObject request) => CheckGroup("logGroupName", request.Text("logGroupName"));

    /// <summary>The group that logGroupName or logGroupIdentifier says; the latter may be an ARN.</summary>
    /// <exception cref="AwsException">InvalidParameterException.</exception>
    internal static string GroupOrIdentifier(JsonObject request)
    {
        var name = request.Text("logGroupName");
        var identifier = request.Text("logGroupIdentifier");
        if (name is not null && identifier is not null)
        {
            throw LogsFault.InvalidParameter("LogGroupName and LogGroupIdentifier cannot both be specified in the same request.");
        }

        return identifier is null ? CheckGroup("logGroupName", name) : CheckGroup("logGroupIdentifier", NameOfArn(identifier));
    }

    /// <summary>The member logStreamName, which must be there.</summary>
    /// <exception cref="AwsException">InvalidParameterException.</exception>
    internal static string Stream(JsonObject request) => CheckStream("logStreamName", request.Text("logStreamName"));

    /// <exception cref="AwsException">InvalidParameterException.</exception>
    internal static string CheckGroup(string member, string? name)
    {
        CheckLength(member, name);
        return !name.AsSpan().ContainsAnyExcept(GroupCharacters)
            ? name!
            : throw Wrong(member, name!, @"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+");
    }

    /// <exception cref="AwsException">InvalidParameterException.</exception>
    internal static string CheckStream(string member, string? name)
    {
        CheckLength(member, name);
        return !name.AsSpan().ContainsAny(':', '*') && Encoding.UTF8.GetByteCount(name!) <= NameRange.NameBytesMax
            ? name!
            : throw Wrong(member, name!, "Member must satisfy regular expression pattern: [^:*]*");
    }

    internal static string GroupArn(AwsCall call, string group) => $"arn:aws:logs:{call.Region}:{call.AccountId}:log-group:{group}";

    internal static string StreamArn(AwsCall call, string group, string stream) => $"{GroupArn(call, group)}:log-stream:{stream}";

    private static string NameOfArn(string identifier)
    {
        const string Mark = ":log-group:";
        var start = identifier.IndexOf(Mark, StringComparison.Ordinal);
        return identifier.StartsWith("arn:", StringComparison.Ordinal) && start >= 0
            ? identifier[(start + Mark.Length)..].TrimEnd('*').TrimEnd(':')
            : identifier;
    }

    private static void CheckLength(string member, string? name)
    {
        if (name is null)
        {
            throw LogsFault.InvalidParameter(
                $"1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null");
        }

        if (name.Length is 0 or > LengthMax)
        {
            throw Wrong(member, name, name.Length == 0
                ? "Member must have length greater than or equal to 1"
                : $"Member must have length less than or equal to {LengthMax}");
        }
    }

    private static AwsException Wrong(string member, string value, string rule) => LogsFault.InvalidParameter(
        $"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {rule}");
}
