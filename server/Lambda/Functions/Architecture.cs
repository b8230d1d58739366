namespace Storage.Server.Lambda.Functions;

/// <summary>Architectures of a request. Either is taken and told back; the machine's own runs.</summary>
internal static class Architecture
{
    internal const string Default = "x86_64";

    internal static string? Read(RequestMembers request, Constraints constraints)
    {
        if (request.TextList("Architectures") is not { } list)
        {
            return null;
        }

        if (list.Count != 1 || list[0] is not (Default or "arm64"))
        {
            constraints.Fail(
                "architectures",
                $"[{string.Join(", ", list)}]",
                "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]");
        }

        return list is [var architecture, ..] ? architecture : null;
    }
}
