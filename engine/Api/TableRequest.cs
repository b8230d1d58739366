using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>The members of CreateTable and UpdateTable as they came; null where one did not come.</summary>
internal sealed class TableRequest
{
    internal RequestText TableName { get; } = new();

    internal List<KeyAttribute>? AttributeDefinitions { get; set; }

    internal List<KeySchemaElement>? KeySchema { get; set; }

    internal List<IndexRequest>? LocalIndexes { get; set; }

    internal List<IndexRequest>? GlobalIndexes { get; set; }

    internal List<IndexUpdate>? GlobalIndexUpdates { get; set; }

    internal BillingMode? BillingMode { get; set; }

    internal ProvisionedThroughput? Throughput { get; set; }

    internal StreamRequest? Stream { get; set; }

    internal bool? DeletionProtection { get; set; }
}

/// <summary>An element of a KeySchema; its type is in the AttributeDefinitions.</summary>
internal sealed record KeySchemaElement(string Name, bool IsHash);

/// <summary>An index to create.</summary>
internal sealed record IndexRequest(
    string Name,
    List<KeySchemaElement> KeySchema,
    ProjectionType? Projection,
    List<string>? NonKeyAttributes,
    ProvisionedThroughput? Throughput);

/// <summary>A StreamSpecification.</summary>
internal sealed record StreamRequest(bool Enabled, StreamViewType? View);

/// <summary>An element of GlobalSecondaryIndexUpdates: one of the three should be there.</summary>
internal sealed record IndexUpdate(IndexRequest? Create, (string Name, ProvisionedThroughput? Throughput)? Update, string? Delete)
{
    internal string? IndexName => Create?.Name ?? Update?.Name ?? Delete;
}
