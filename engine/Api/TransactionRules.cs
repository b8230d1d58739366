using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>What both transactions ask of their list of actions.</summary>
internal static class TransactionRules
{
    internal static void CheckCount(int count, ConstraintErrors errors)
    {
        if (count == 0)
        {
            errors.Add(ConstraintText.LengthAtLeast("transactItems", "[]", 1));
        }
    }

    /// <summary>The list of more than 100 is not read to its end, so the text does not repeat it.</summary>
    internal static DynamoDbException TooMany() => DynamoDbException.Validation(
        "1 validation error detected: " + ConstraintText.LengthAtMost("transactItems", Limits.TransactionItemsMax));

    /// <summary>Source: observed answers of DynamoDB.</summary>
    internal static DynamoDbException Repeated() =>
        DynamoDbException.Validation("Transaction request cannot include multiple operations on one item");

    internal static void CheckSize(long bytes)
    {
        if (bytes > Limits.TransactionBytesMax)
        {
            throw DynamoDbException.TransactionTooLarge();
        }
    }

    internal static void CheckTableName(RequestText tableName, ConstraintErrors errors, int number, string action)
    {
        if (!tableName.IsPresent)
        {
            errors.Add(ConstraintText.NotNull($"transactItems.{number}.member.{action}.tableName"));
        }
        else
        {
            TableNames.Check(tableName.Span, errors);
        }
    }
}
