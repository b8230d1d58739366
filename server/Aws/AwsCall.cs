namespace Storage.Server.Aws;

/// <summary>Who calls, and from what request: what every operation of every service may ask.</summary>
/// <param name="RequestId">The id in the answer's headers.</param>
/// <param name="Region">Region of the request's credential scope, or the server's.</param>
/// <param name="AccountId">The account.</param>
/// <param name="AccessKeyId">Access key of the request's signature; not checked yet.</param>
internal sealed record AwsCall(string RequestId, string Region, string AccountId, string AccessKeyId);
