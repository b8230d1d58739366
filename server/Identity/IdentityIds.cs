using System.Security.Cryptography;
using System.Text;

namespace Storage.Server.Identity;

/// <summary>Ids, keys and secrets in the forms that AWS gives them. Secrets come from the system's generator.</summary>
internal static class IdentityIds
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int RoleIdCharacters = 17;
    private const int AccessKeyCharacters = 16;
    private const int SecretBytes = 30; // 40 characters of base64.
    private const int TokenBytes = 264;

    internal static string NewRoleId() => "AROA" + RandomNumberGenerator.GetString(Alphabet, RoleIdCharacters);

    /// <summary>The id of a role that nobody created, which a function may have all the same: always the same one.</summary>
    internal static string RoleIdOf(string roleArn)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(roleArn));
        return "AROA" + string.Create(RoleIdCharacters, hash, static (id, bytes) =>
        {
            for (var i = 0; i < id.Length; i++)
            {
                id[i] = Alphabet[bytes[i] % Alphabet.Length];
            }
        });
    }

    /// <summary>Of temporary credentials.</summary>
    internal static string NewAccessKeyId() => "ASIA" + RandomNumberGenerator.GetString(Alphabet, AccessKeyCharacters);

    internal static string NewSecret() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));

    internal static string NewSessionToken() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(TokenBytes));
}
