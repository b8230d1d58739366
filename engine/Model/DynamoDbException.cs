namespace Storage.Engine.Model;

/// <summary>
/// A refusal that the caller could have known, in AWS's own words: error type, text, HTTP status. What only the data
/// could tell (a failed condition) is an outcome, never an exception.
/// </summary>
public sealed class DynamoDbException : Exception
{
    private DynamoDbException(string errorType, string message, int statusCode)
        : base(message)
    {
        ErrorType = errorType;
        StatusCode = statusCode;
    }

    /// <summary>AWS's name of the error, e.g. <c>ValidationException</c>.</summary>
    public string ErrorType { get; }

    /// <summary>HTTP status, 400 for what the client did and 500 for what the store did.</summary>
    public int StatusCode { get; }

    /// <summary>A request that DynamoDB refuses as invalid.</summary>
    internal static DynamoDbException Validation(string message) => new("ValidationException", message, 400);

    /// <summary>JSON that cannot be read as the operation's request.</summary>
    internal static DynamoDbException Serialization(string message) => new("SerializationException", message, 400);

    /// <summary>Item operations on a missing table. Source: observed answers of DynamoDB.</summary>
    internal static DynamoDbException ResourceNotFound() =>
        new("ResourceNotFoundException", "Requested resource not found", 400);

    /// <summary>Table operations on a missing table. Source: observed answers of DynamoDB.</summary>
    internal static DynamoDbException TableNotFound(string table) =>
        new("ResourceNotFoundException", $"Requested resource not found: Table: {table} not found", 400);

    /// <summary>UpdateTable of a global index that the table lacks. Source: observed answers of DynamoDB.</summary>
    internal static DynamoDbException IndexNotFound(string index, string table) =>
        new("ResourceNotFoundException", $"Requested resource not found: Index: {index} not found for table: {table}", 400);

    /// <summary>A stream that is not, or can no longer be read. Source: observed answers of DynamoDB.</summary>
    internal static DynamoDbException StreamNotFound(string arn) =>
        new("ResourceNotFoundException", $"Requested resource not found: Stream: {arn} not found", 400);

    /// <summary>A shard that its stream does not have. The type is AWS's, the wording ours.</summary>
    internal static DynamoDbException ShardNotFound(string shardId, string arn) =>
        new("ResourceNotFoundException", $"Requested resource not found: Shard: {shardId} not found in Stream: {arn}", 400);

    /// <summary>Changes that are no longer kept. Source: DynamoDB Streams API Reference, GetRecords; wording as observed.</summary>
    internal static DynamoDbException TrimmedDataAccess() => new(
        "TrimmedDataAccessException", "The operation attempted to read past the oldest stream record in a shard.", 400);

    /// <summary>The rule is AWS's, 15 minutes; the wording ours.</summary>
    internal static DynamoDbException ExpiredIterator() =>
        new("ExpiredIteratorException", "The shard iterator has expired: it is more than 15 minutes old", 400);

    /// <summary>CreateTable of a table that exists. Source: observed answers of DynamoDB.</summary>
    internal static DynamoDbException TableAlreadyExists(string table) =>
        new("ResourceInUseException", $"Table already exists: {table}", 400);

    /// <summary>A table that is in transition. Source: observed answers of DynamoDB.</summary>
    internal static DynamoDbException ResourceInUse(string message) => new("ResourceInUseException", message, 400);

    /// <summary>The changes of a table without a stream; DynamoDB has no such call, so the wording is ours.</summary>
    internal static DynamoDbException NoStream(string table) => Validation($"Table {table} has no stream");

    /// <summary>An account or table limit.</summary>
    internal static DynamoDbException LimitExceeded(string message) => new("LimitExceededException", message, 400);

    /// <summary>The request token was used with other parameters. Source: DynamoDB API Reference, TransactWriteItems.</summary>
    internal static DynamoDbException IdempotentParameterMismatch() => new(
        "IdempotentParameterMismatchException",
        "The request uses the same client token as a previous, but non-identical request.",
        400);

    /// <summary>The limit is AWS's, the wording ours.</summary>
    internal static DynamoDbException TransactionTooLarge() =>
        Validation("The aggregate size of the items in the transaction cannot exceed 4 MB");

    /// <summary>The operation is not built.</summary>
    internal static DynamoDbException UnknownOperation() => new("UnknownOperationException", string.Empty, 400);

    /// <summary>The store cannot answer truthfully; clients retry. Source: DynamoDB API Reference, common errors.</summary>
    internal static DynamoDbException InternalServerError(string message) => new("InternalServerError", message, 500);
}
