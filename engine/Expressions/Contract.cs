using Storage.Engine.Encoding;

namespace Storage.Engine.Expressions;

internal sealed class Placeholders;

internal sealed class UpdateExpression;

internal sealed class ConditionExpression;

internal static class ConditionEvaluator
{
    internal static bool Evaluate(ConditionExpression condition, Placeholders placeholders, ReadOnlySpan<byte> item) => throw new NotImplementedException();
}

internal static class UpdateEvaluator
{
    internal static void Apply(UpdateExpression update, Placeholders placeholders, ReadOnlySpan<byte> oldItem, ReadOnlySpan<byte> keyItem, ValueWriter newItem) => throw new NotImplementedException();
}

internal sealed class ExpressionCache;
