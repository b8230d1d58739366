using Storage.Engine;
using Storage.Server.Aws;
using Storage.Server.Contracts;

namespace Storage.Server.Identity;

/// <summary>STS and IAM together: sessions are of roles.</summary>
internal sealed class IdentityLayer(Store store) : ISessionIssuer
{
    private readonly StsService sts = new(store, store.Options.Time);
    private readonly IamService iam = new(store, store.Options.Time);

    /// <summary>STS for the router.</summary>
    internal IAwsService Sts => sts.Service;

    /// <summary>IAM for the router.</summary>
    internal IAwsService Iam => iam.Service;

    /// <summary>Makes the tables.</summary>
    internal async Task StartAsync(CancellationToken cancellation)
    {
        await sts.StartAsync(cancellation);
        await iam.StartAsync(cancellation);
    }

    /// <inheritdoc />
    public ValueTask<SessionCredentials> IssueAsync(
        string roleArn, string sessionName, TimeSpan life, CancellationToken cancellation) =>
        sts.IssueAsync(roleArn, sessionName, life, cancellation);
}
