namespace Storage.Engine.Expressions;

/// <summary>The request member an expression came in; error texts name it.</summary>
internal enum ExpressionKind : byte
{
    ConditionExpression,
    FilterExpression,
    KeyConditionExpression,
    UpdateExpression,
    ProjectionExpression,
}

/// <summary>AWS's names of the kinds.</summary>
internal static class ExpressionKindExtensions
{
    internal static string Name(this ExpressionKind kind) => kind switch
    {
        ExpressionKind.ConditionExpression => nameof(ExpressionKind.ConditionExpression),
        ExpressionKind.FilterExpression => nameof(ExpressionKind.FilterExpression),
        ExpressionKind.KeyConditionExpression => nameof(ExpressionKind.KeyConditionExpression),
        ExpressionKind.UpdateExpression => nameof(ExpressionKind.UpdateExpression),
        _ => nameof(ExpressionKind.ProjectionExpression),
    };
}
