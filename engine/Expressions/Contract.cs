namespace Storage.Engine.Expressions;

internal sealed class Placeholders;

internal sealed class UpdateExpression;

internal sealed class ConditionExpression;
