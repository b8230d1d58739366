using Storage.Engine.Model;

namespace Storage.Engine;

/// <summary>A stream of a table: the one that is on, or a former one that can still be read.</summary>
public sealed class StreamDescription
{
    /// <summary>Region, account, table and label in one name.</summary>
    public required string Arn { get; init; }

    /// <summary>The table's name; the table may be gone.</summary>
    public required string Table { get; init; }

    /// <summary>When the stream was switched on, as text; tells the streams of one table apart.</summary>
    public required string Label { get; init; }

    /// <summary>What its records show.</summary>
    public required StreamViewType View { get; init; }

    /// <summary>Whether new changes come. If not, what it has can be read for 24 hours.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>When it was switched on.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Its shards; the records of one partition key are always in one, in order.</summary>
    public required IReadOnlyList<string> ShardIds { get; init; }
}
