namespace Storage.Server.Contracts;

/// <summary>Credentials of a session. Secrets: they reach no log.</summary>
internal sealed record SessionCredentials(string AccessKeyId, string SecretAccessKey, string SessionToken, DateTimeOffset Expiration)
{
    /// <summary>Says which, and none of the secrets.</summary>
    public override string ToString() => $"Credentials {AccessKeyId}";
}

/// <summary>Gives sessions of roles, for whatever layer runs something in a role's name.</summary>
internal interface ISessionIssuer
{
    /// <summary>A session of the role, stored before it is given.</summary>
    ValueTask<SessionCredentials> IssueAsync(string roleArn, string sessionName, TimeSpan life, CancellationToken cancellation);
}
