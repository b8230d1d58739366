using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>What billing mode and provisioned throughput must be together. Source of the texts: observed answers of DynamoDB.</summary>
internal static class ThroughputRules
{
    private const long UnitsMax = 1_000_000_000_000;
    private const string Invalid = "One or more parameter values were invalid: ";

    /// <summary>The throughput of a table.</summary>
    /// <exception cref="DynamoDbException">ValidationException.</exception>
    internal static void Check(BillingMode billing, ProvisionedThroughput? throughput)
    {
        if (billing == BillingMode.PayPerRequest && throughput is not null)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
        }

        if (billing == BillingMode.Provisioned && throughput is null)
        {
            throw DynamoDbException.Validation(
                $"{Invalid}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
        }

        CheckBounds(throughput, string.Empty);
    }

    /// <param name="throughput">Of a table or index, when it came.</param>
    /// <param name="where">Ends the text, e.g. <c> for index i</c>.</param>
    internal static void CheckBounds(ProvisionedThroughput? throughput, string where)
    {
        if (throughput?.ReadCapacityUnits > UnitsMax)
        {
            throw DynamoDbException.Validation(
                $"Given value {throughput.ReadCapacityUnits} for ReadCapacityUnits is out of bounds{where}");
        }

        if (throughput?.WriteCapacityUnits > UnitsMax)
        {
            throw DynamoDbException.Validation(
                $"Given value {throughput.WriteCapacityUnits} for WriteCapacityUnits is out of bounds{where}");
        }
    }
}
