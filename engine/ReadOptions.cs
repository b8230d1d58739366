namespace Storage.Engine;

/// <summary>What a Scan reads.</summary>
public record ScanOptions
{
    /// <summary>Index to read instead of the table.</summary>
    public string? Index { get; init; }

    /// <summary>DynamoDB's FilterExpression.</summary>
    public string? Filter { get; init; }

    /// <summary>DynamoDB's ProjectionExpression.</summary>
    public string? Projection { get; init; }

    /// <summary>ExpressionAttributeNames: <c>#name</c> to attribute name.</summary>
    public IReadOnlyDictionary<string, string>? Names { get; init; }

    /// <summary>ExpressionAttributeValues: <c>:name</c> to value, written like an item.</summary>
    public Item? Values { get; init; }

    /// <summary>Which of <see cref="TotalSegments"/> parts of the table to read, from 0.</summary>
    public int Segment { get; init; }

    /// <summary>Parts that a parallel scan divides the table in, 1 to 1,000,000.</summary>
    public int TotalSegments { get; init; } = 1;
}

/// <summary>What a Query reads.</summary>
public sealed record QueryOptions : ScanOptions
{
    /// <summary>DynamoDB's KeyConditionExpression.</summary>
    public required string KeyCondition { get; init; }

    /// <summary>Greatest sort key first.</summary>
    public bool Descending { get; init; }
}
