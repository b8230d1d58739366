using Storage.Engine.Model;
using Storage.Engine.Streams;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>
/// Members that requests of streams share, and what is wrong with them. Source of the bounds: the service's model.
/// </summary>
internal static class StreamMembers
{
    private const int ArnLengthMin = 37;
    private const int ArnLengthMax = 1024;
    private const int ShardIdLengthMin = 28;
    private const int ShardIdLengthMax = 65;

    internal static void CheckArn(RequestText arn, ConstraintErrors errors, string member = "StreamArn") =>
        CheckLength(arn, member, ArnLengthMin, ArnLengthMax, errors);

    internal static void CheckShardId(RequestText shardId, ConstraintErrors errors, string member = "ShardId") =>
        CheckLength(shardId, member, ShardIdLengthMin, ShardIdLengthMax, errors);

    internal static void CheckLimit(long? limit, int maximum, ConstraintErrors errors)
    {
        if (limit < 1)
        {
            errors.Add(ConstraintText.ValueAtLeast("Limit", 1));
        }
        else if (limit > maximum)
        {
            errors.Add(ConstraintText.ValueAtMost("Limit", maximum));
        }
    }

    /// <summary>Adds what is wrong with the length, in characters, of a member that came.</summary>
    internal static void CheckLength(RequestText text, string member, int minimum, int maximum, ConstraintErrors errors)
    {
        if (!text.IsPresent)
        {
            return;
        }

        var length = System.Text.Encoding.UTF8.GetCharCount(text.Span);
        if (length < minimum)
        {
            errors.Add(ConstraintText.LengthAtLeast(member, minimum));
        }
        else if (length > maximum)
        {
            errors.Add(ConstraintText.LengthAtMost(member, maximum));
        }
    }

    /// <summary>The stream that a request names. System tables' streams are not for requests.</summary>
    /// <exception cref="DynamoDbException">ValidationException for what is no ARN of a stream; ResourceNotFoundException.</exception>
    internal static async ValueTask<TableStream> FindRequestedAsync(this TableStreams streams, string arn, CancellationToken cancellation)
    {
        if (!TableStreams.TryParseArn(arn, out var table, out _))
        {
            throw DynamoDbException.Validation("Invalid StreamArn");
        }

        return await streams.FindAsync(arn, cancellation).ConfigureAwait(false) is { } stream && !DefinitionRules.IsSystemName(table)
            ? stream
            : throw DynamoDbException.StreamNotFound(arn);
    }
}
