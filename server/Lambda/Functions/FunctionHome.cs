namespace Storage.Server.Lambda.Functions;

/// <summary>Where functions live: what their ARNs begin with.</summary>
/// <param name="Region">E.g. <c>us-east-1</c>.</param>
/// <param name="AccountId">Twelve digits.</param>
internal sealed record FunctionHome(string Region, string AccountId)
{
    /// <summary>The ARN without a qualifier.</summary>
    internal string ArnOf(string name) => $"arn:aws:lambda:{Region}:{AccountId}:function:{name}";
}
