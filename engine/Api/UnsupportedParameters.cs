using System.Text.Json;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>
/// Table settings that are not stored yet. One that asks for what every table has anyway is accepted; any other is
/// refused, for dropping it would make a table that is not what was asked for. The texts are ours.
/// </summary>
internal static class UnsupportedParameters
{
    /// <summary>To be called, the reader on a member's name, for every member of a table's request not known.</summary>
    /// <exception cref="DynamoDbException">A setting that is not stored yet.</exception>
    internal static void RefuseOrSkip(ref Utf8JsonReader reader)
    {
        var name = RequestJson.Text(ref reader);
        if (!RequestJson.MoveToValue(ref reader))
        {
            return;
        }

        var refused = name switch
        {
            "Tags" or "ReplicaUpdates" or "GlobalTableWitnessUpdates" => !IsEmptyArray(ref reader),
            "TableClass" => !(reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("STANDARD"u8)),
            "SSESpecification" => !IsDisabled(ref reader),
            "OnDemandThroughput" => !IsUnlimited(ref reader),
            "WarmThroughput" or "ResourcePolicy" or "GlobalTableSourceArn" or "GlobalTableSettingsReplicationMode"
                or "MultiRegionConsistency" => true,
            _ => Passed(ref reader),
        };
        if (refused)
        {
            throw DynamoDbException.Validation($"The parameter {name} is not supported yet; send the request without it");
        }
    }

    private static bool Passed(ref Utf8JsonReader reader)
    {
        JsonToken.Skip(ref reader);
        return false;
    }

    private static bool IsEmptyArray(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.StartArray && !RequestJson.NextElement(ref reader);

    /// <summary><c>{"Enabled": false}</c>: the key that AWS owns, as without the parameter.</summary>
    private static bool IsDisabled(ref Utf8JsonReader reader)
    {
        RequestJson.RequireObject(ref reader);
        var disabled = true;
        while (RequestJson.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("Enabled"u8))
            {
                disabled &= RequestJson.ReadBoolean(ref reader) != true;
            }
            else
            {
                disabled &= !RequestJson.MoveToValue(ref reader);
                JsonToken.Skip(ref reader);
            }
        }

        return disabled;
    }

    /// <summary>-1 in every member: no maximum, as without the parameter.</summary>
    private static bool IsUnlimited(ref Utf8JsonReader reader)
    {
        RequestJson.RequireObject(ref reader);
        var unlimited = true;
        while (RequestJson.NextMember(ref reader))
        {
            unlimited &= RequestJson.ReadInteger(ref reader) is null or -1;
        }

        return unlimited;
    }
}
