using System.Text.Json.Nodes;

namespace Storage.Server.Lambda.Functions;

/// <summary>Aliases as clients see them.</summary>
internal static class AliasJson
{
    /// <summary>AliasConfiguration of Lambda's service model.</summary>
    internal static JsonObject Write(StoredAlias alias, string functionArn)
    {
        var json = new JsonObject
        {
            ["AliasArn"] = $"{functionArn}:{alias.Name}",
            ["Name"] = alias.Name,
            ["FunctionVersion"] = alias.FunctionVersion,
            ["Description"] = alias.Description,
        };
        if (!alias.AdditionalWeights.IsEmpty)
        {
            var weights = new JsonObject();
            foreach (var (version, weight) in alias.AdditionalWeights)
            {
                weights[version] = weight;
            }

            json["RoutingConfig"] = new JsonObject { ["AdditionalVersionWeights"] = weights };
        }

        json["RevisionId"] = alias.RevisionId;
        return json;
    }
}
