namespace Storage.Engine;

/// <summary>What may come with a write: a condition, the placeholders of its expressions, what to give back.</summary>
public sealed record WriteOptions
{
    /// <summary>DynamoDB's ConditionExpression; when it does not hold the write is refused and changes nothing.</summary>
    public string? Condition { get; init; }

    /// <summary>ExpressionAttributeNames: <c>#name</c> to attribute name.</summary>
    public IReadOnlyDictionary<string, string>? Names { get; init; }

    /// <summary>ExpressionAttributeValues: <c>:name</c> to value, written like an item.</summary>
    public Item? Values { get; init; }

    /// <summary>Gives the item before the write, also when the condition refuses.</summary>
    public bool ReturnOld { get; init; }
}
