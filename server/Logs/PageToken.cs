using System.Text;

namespace Storage.Server.Logs;

/// <summary>Tokens of pages: opaque to clients, the last thing given to us.</summary>
internal static class PageToken
{
    internal static string Of(string last) => Convert.ToBase64String(Encoding.UTF8.GetBytes(last));

    /// <exception cref="Aws.AwsException">InvalidParameterException.</exception>
    internal static string? Read(string? token)
    {
        if (token is null)
        {
            return null;
        }

        var bytes = new byte[token.Length];
        return Convert.TryFromBase64String(token, bytes, out var length)
            ? Encoding.UTF8.GetString(bytes, 0, length)
            : throw Invalid();
    }

    internal static Aws.AwsException Invalid() => LogsFault.InvalidParameter("The specified nextToken is invalid.");
}
