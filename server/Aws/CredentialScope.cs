namespace Storage.Server.Aws;

/// <summary>
/// What the credentials of a request say of themselves: access key, Region and service of Signature Version 4's
/// credential scope, from the Authorization header or a presigned URL. Signatures are not checked yet.
/// </summary>
internal readonly record struct CredentialScope(string AccessKeyId, string Region, string Service)
{
    private const int RegionLengthMax = 64;

    /// <summary>Any credentials will do until signatures are checked, but there must be some, as AWS demands.</summary>
    internal static bool IsPresent(HttpRequest request) =>
        !string.IsNullOrWhiteSpace(request.Headers.Authorization)
        || (request.QueryString.HasValue
            && (request.Query.ContainsKey("X-Amz-Signature") || request.Query.ContainsKey("X-Amz-Credential")));

    /// <summary>The scope; all empty when there is none that can be read.</summary>
    internal static CredentialScope Of(HttpRequest request)
    {
        const string Member = "Credential=";
        string? header = request.Headers.Authorization;
        var start = header?.IndexOf(Member, StringComparison.Ordinal) ?? -1;
        if (start >= 0)
        {
            var credential = header.AsSpan(start + Member.Length);
            var end = credential.IndexOfAny(',', ' ');
            return Parse((end < 0 ? credential : credential[..end]).ToString());
        }

        return request.QueryString.HasValue && request.Query.TryGetValue("X-Amz-Credential", out var presigned)
            ? Parse(presigned.ToString())
            : new CredentialScope(string.Empty, string.Empty, string.Empty);
    }

    /// <summary><c>KEY/20260101/us-east-1/lambda/aws4_request</c>; a key may contain slashes itself.</summary>
    private static CredentialScope Parse(string credential)
    {
        var parts = credential.Split('/');
        if (parts.Length < 5 || parts[^1] != "aws4_request")
        {
            return new CredentialScope(parts[0], string.Empty, string.Empty);
        }

        var region = parts[^3];
        return new CredentialScope(
            string.Join('/', parts[..^4]), IsRegion(region) ? region : string.Empty, parts[^2]);
    }

    private static bool IsRegion(string text) =>
        text.Length is > 0 and <= RegionLengthMax && text.All(one => char.IsAsciiLetterOrDigit(one) || one == '-');
}
