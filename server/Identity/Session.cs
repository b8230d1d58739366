using Storage.Engine;
using Storage.Server.Contracts;

namespace Storage.Server.Identity;

/// <summary>A session as it is stored: found by its access key. It holds secrets.</summary>
/// <param name="Credentials">What the caller got.</param>
/// <param name="RoleArn">Whose, or null for the account's own.</param>
/// <param name="RoleId">AROA..., or null.</param>
/// <param name="Name">Its name, or null.</param>
internal sealed record Session(SessionCredentials Credentials, string? RoleArn, string? RoleId, string? Name)
{
    internal const string TimeToLive = "ttl";

    /// <summary>An ended session is remembered so long, to tell its user that it ended.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(1);

    /// <summary>The ARN of its user.</summary>
    internal string? Arn
    {
        get
        {
            if (RoleArn is null)
            {
                return null;
            }

            var (account, role) = IdentityText.RoleArn(RoleArn);
            return $"arn:aws:sts::{account}:assumed-role/{role}/{Name}";
        }
    }

    internal static Item KeyOf(string accessKeyId) => Item.Of(("pk", accessKeyId), ("sk", "session"));

    internal static Session Read(Item item)
    {
        var credentials = new SessionCredentials(
            item["pk"].AsString(),
            item["secret"].AsString(),
            item["token"].AsString(),
            DateTimeOffset.FromUnixTimeSeconds(item["expires"].AsInt64()));
        return new Session(credentials, Optional("role"), Optional("roleId"), Optional("name"));

        string? Optional(string name) => item.TryGetValue(name, out var value) ? value.AsString() : null;
    }

    internal Item ToItem()
    {
        var attributes = new List<(string, AttributeValue)>
        {
            ("pk", Credentials.AccessKeyId),
            ("sk", "session"),
            ("secret", Credentials.SecretAccessKey),
            ("token", Credentials.SessionToken),
            ("expires", Credentials.Expiration.ToUnixTimeSeconds()),
            (TimeToLive, (Credentials.Expiration + Remembered).ToUnixTimeSeconds()),
        };
        if (RoleArn is not null)
        {
            attributes.AddRange([("role", RoleArn), ("roleId", RoleId!), ("name", Name!)]);
        }

        return Item.Of([.. attributes]);
    }

    /// <summary>Says whose session it is, and none of its secrets.</summary>
    public override string ToString() => $"Session {Credentials.AccessKeyId} of {Arn ?? "the account"}";
}
