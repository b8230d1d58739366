using System.Xml.Linq;
using Storage.Engine;
using Storage.Engine.Model;
using Storage.Server.Aws;
using Storage.Server.Contracts;

namespace Storage.Server.Identity;

/// <summary>STS: sessions of roles in the table <c>$sts</c>. Who may assume what is not enforced yet.</summary>
internal sealed class StsService : ISessionIssuer
{
    internal const string TableName = "$sts";

    private const int RoleArnLengthMin = 20;
    private const int RoleArnLengthMax = 2048;
    private readonly Store store;
    private readonly RoleTable roles;
    private readonly TimeProvider time;

    internal StsService(Store store, TimeProvider time)
    {
        this.store = store;
        this.time = time;
        roles = new RoleTable(store);
        Service = new QueryService("sts", "https://sts.amazonaws.com/doc/2011-06-15/", new Dictionary<string, QueryOperation>
        {
            ["GetCallerIdentity"] = GetCallerIdentityAsync,
            ["AssumeRole"] = AssumeRoleAsync,
            ["GetSessionToken"] = GetSessionTokenAsync,
        });
    }

    /// <summary>The service for the router.</summary>
    internal QueryService Service { get; }

    /// <summary>Makes the tables.</summary>
    internal async Task StartAsync(CancellationToken cancellation)
    {
        await roles.EnsureAsync(cancellation);
        await store.EnsureSystemTableAsync(
            new TableDefinition
            {
                Name = TableName,
                Key = new KeySchema(new KeyAttribute("pk", AttributeType.S), new KeyAttribute("sk", AttributeType.S)),
                TimeToLive = Session.TimeToLive,
            },
            cancellation);
    }

    /// <inheritdoc />
    public async ValueTask<SessionCredentials> IssueAsync(
        string roleArn, string sessionName, TimeSpan life, CancellationToken cancellation)
    {
        var (_, roleName) = IdentityText.RoleArn(roleArn);
        var role = await roles.FindAsync(roleName, cancellation);
        return (await StoreAsync(roleArn, role?.Id ?? IdentityIds.RoleIdOf(roleArn), sessionName, life, cancellation)).Credentials;
    }

    private async ValueTask<IReadOnlyList<XElement>?> AssumeRoleAsync(
        AwsCall call, QueryParameters request, CancellationToken cancellation)
    {
        var arn = request.Required("RoleArn");
        if (arn.Length < RoleArnLengthMin)
        {
            throw IdentityFault.Constraint("roleArn", arn, $"Member must have length greater than or equal to {RoleArnLengthMin}");
        }

        if (arn.Length > RoleArnLengthMax)
        {
            throw IdentityFault.Constraint("roleArn", arn[..20], $"Member must have length less than or equal to {RoleArnLengthMax}");
        }

        var sessionName = IdentityText.Name(request, "RoleSessionName", 2, 64);
        var seconds = IdentityText.Number(request, "DurationSeconds", 3600, 900, 43_200);
        var (_, roleName) = IdentityText.RoleArn(arn);
        var role = await roles.FindAsync(roleName, cancellation);
        if (seconds > role?.MaxSessionSeconds)
        {
            throw IdentityFault.Validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
        }

        var session = await StoreAsync(
            arn, role?.Id ?? IdentityIds.RoleIdOf(arn), sessionName, TimeSpan.FromSeconds(seconds), cancellation);
        return
        [
            new XElement(
                "AssumedRoleUser",
                new XElement("AssumedRoleId", $"{session.RoleId}:{sessionName}"),
                new XElement("Arn", session.Arn)),
            Describe(session.Credentials),
        ];
    }

    private async ValueTask<IReadOnlyList<XElement>?> GetSessionTokenAsync(
        AwsCall call, QueryParameters request, CancellationToken cancellation)
    {
        var seconds = IdentityText.Number(request, "DurationSeconds", 43_200, 900, 129_600);
        return [Describe((await StoreAsync(null, null, null, TimeSpan.FromSeconds(seconds), cancellation)).Credentials)];
    }

    /// <summary>Keys that no session has are the account's own: any credentials will do.</summary>
    private async ValueTask<IReadOnlyList<XElement>?> GetCallerIdentityAsync(
        AwsCall call, QueryParameters request, CancellationToken cancellation)
    {
        var found = call.AccessKeyId.Length is > 0 and <= 128
            ? await store.GetAsync(TableName, Session.KeyOf(call.AccessKeyId), cancellation)
            : null;
        var session = found is null ? null : Session.Read(found);
        if (session is not null && session.Credentials.Expiration <= time.GetUtcNow())
        {
            throw new AwsException(
                StatusCodes.Status403Forbidden, "ExpiredToken", "The security token included in the request is expired");
        }

        if (session is not { RoleArn: not null })
        {
            return Identity($"arn:aws:iam::{call.AccountId}:root", call.AccountId, call.AccountId);
        }

        var (account, _) = IdentityText.RoleArn(session.RoleArn);
        return Identity(session.Arn!, $"{session.RoleId}:{session.Name}", account);
    }

    private async ValueTask<Session> StoreAsync(
        string? roleArn, string? roleId, string? name, TimeSpan life, CancellationToken cancellation)
    {
        // Whole seconds, as the item keeps and the answer shows them.
        var expiration = DateTimeOffset.FromUnixTimeSeconds((time.GetUtcNow() + life).ToUnixTimeSeconds());
        var session = new Session(
            new SessionCredentials(IdentityIds.NewAccessKeyId(), IdentityIds.NewSecret(), IdentityIds.NewSessionToken(), expiration),
            roleArn,
            roleId,
            name);
        await store.PutAsync(TableName, session.ToItem(), null, cancellation);
        return session;
    }

    private static XElement[] Identity(string arn, string userId, string account) =>
        [new XElement("Arn", arn), new XElement("UserId", userId), new XElement("Account", account)];

    private static XElement Describe(SessionCredentials credentials) => new(
        "Credentials",
        new XElement("AccessKeyId", credentials.AccessKeyId),
        new XElement("SecretAccessKey", credentials.SecretAccessKey),
        new XElement("SessionToken", credentials.SessionToken),
        new XElement("Expiration", IdentityText.Time(credentials.Expiration)));
}
