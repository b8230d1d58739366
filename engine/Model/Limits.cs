namespace Storage.Engine.Model;

/// <summary>DynamoDB's limits. Source: Developer Guide, quotas, unless said otherwise.</summary>
internal static class Limits
{
    /// <summary>An item, names included.</summary>
    internal const int ItemSizeBytesMax = 400 * 1024;

    internal const int PartitionKeyBytesMax = 2048;

    internal const int SortKeyBytesMax = 1024;

    /// <summary>Bytes a Query or Scan reads before filtering.</summary>
    internal const int PageBytesMax = 1024 * 1024;

    internal const int BatchGetKeysMax = 100;

    internal const int BatchGetBytesMax = 16 * 1024 * 1024;

    internal const int BatchWriteItemsMax = 25;

    internal const int TransactionItemsMax = 100;

    internal const int TransactionBytesMax = 4 * 1024 * 1024;

    internal const int LocalIndexesMax = 5;

    internal const int GlobalIndexesMax = 20;

    internal const int ProjectedAttributesMax = 100;

    internal const int TablesMax = 2500;

    /// <summary>How long changes are kept, and a stream that was switched off can be read. Source: Developer Guide.</summary>
    internal static readonly TimeSpan StreamRecordLife = TimeSpan.FromHours(24);

    /// <summary>How long a ClientRequestToken is remembered. Source: API Reference, TransactWriteItems.</summary>
    internal static readonly TimeSpan RequestTokenLife = TimeSpan.FromMinutes(10);
}
