namespace Storage.Engine.Api;

/// <summary>The request members that expressions replaced, in the order in which error texts list them.</summary>
[Flags]
internal enum LegacyMembers
{
    None = 0,
    AttributesToGet = 1,
    AttributeUpdates = 2,
    QueryFilter = 4,
    ScanFilter = 8,
    Expected = 16,
    ConditionalOperator = 32,
    KeyConditions = 64,

    /// <summary>PutItem and DeleteItem.</summary>
    OfWrite = Expected | ConditionalOperator,
    OfUpdate = AttributeUpdates | OfWrite,
    OfQuery = AttributesToGet | KeyConditions | QueryFilter | ConditionalOperator,
    OfScan = AttributesToGet | ScanFilter | ConditionalOperator,
}
