using System.Collections.Immutable;
using Storage.Engine.Model;
using Xunit;

namespace Storage.Tests.Tables;

/// <summary>What a definition must be whichever door it comes through: a wrong one in the log could never be applied.</summary>
public sealed class DefinitionTests
{
    private static readonly KeyAttribute P = new("P", AttributeType.S);
    private static readonly KeyAttribute S = new("S", AttributeType.S);

    private static readonly Dictionary<string, TableDefinition> Wrong = new()
    {
        { "the catalog's own name", OpenedStore.Definition("$ids") },
        { "two characters", OpenedStore.Definition("Ta") },
        { "256 characters", OpenedStore.Definition(new string('T', 256)) },
        { "70,000 characters", OpenedStore.Definition(new string('T', 70_000)) },
        { "not ASCII", OpenedStore.Definition("Stadt\u00fc") },
        { "no partition key", Definition(new KeySchema([], [])) },
        { "two partition key attributes", Definition(new KeySchema([P, S], [])) },
        { "two sort key attributes", Definition(new KeySchema([P], [S, new KeyAttribute("Z", AttributeType.S)])) },
        { "one attribute twice", Definition(new KeySchema(P, P)) },
        { "a Boolean key", Definition(new KeySchema(new KeyAttribute("P", AttributeType.BOOL))) },
        { "a key without a name", Definition(new KeySchema(new KeyAttribute("", AttributeType.S))) },
        { "two indexes of one name", Definition(new KeySchema(P, S), Index("Same", "A"), Index("Same", "B")) },
        { "an attribute of two types", Definition(new KeySchema(P, S), Index("Ind", "S", AttributeType.N)) },
        { "a local index without the partition key", Definition(new KeySchema(P, S), Index("Ind", "A") with { IsLocal = true }) },
        { "an index key of five", Definition(new KeySchema(P, S), Index("Ind", "A") with
            {
                Key = new KeySchema([.. "ABCDE".Select(name => new KeyAttribute($"{name}", AttributeType.S))], []),
            })
        },
        { "21 global indexes", Definition(new KeySchema(P, S), [.. Enumerable.Range(0, 21).Select(i => Index($"Ind{i}", "A"))]) },
        { "no list of indexes", Definition(new KeySchema(P, S)) with { Indexes = default(ImmutableArray<IndexDefinition>) } },
    };

    public static TheoryData<string> Names => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_wrong_definition_is_refused_and_the_store_goes_on(string what)
    {
        await using var opened = OpenedStore.Empty();

        var error = await Assert.ThrowsAsync<DynamoDbException>(() => opened.Store.CreateTableAsync(Wrong[what]).AsTask());

        Assert.Equal("ValidationException", error.ErrorType);
        await opened.Store.CreateTableAsync(OpenedStore.Definition("Good"));
        Assert.Equal(StateText.Of(opened.State), StateText.Of(opened.Log.Replay()));
    }

    /// <summary>"Up to 2,500 tables" an account and Region; 20 global and 5 local indexes a table. Developer Guide, Quotas.</summary>
    [Fact]
    public async Task A_store_holds_2500_tables_and_refuses_one_more()
    {
        await using var opened = OpenedStore.Empty();
        for (var i = 0; i < Limits.TablesMax; i++)
        {
            await opened.Store.CreateTableAsync(OpenedStore.Definition($"Table{i}"));
        }

        var error = await Assert.ThrowsAsync<DynamoDbException>(
            () => opened.Store.CreateTableAsync(OpenedStore.Definition("OneMore")).AsTask());

        Assert.Equal("LimitExceededException", error.ErrorType);
        Assert.Equal(StateText.Of(opened.State), StateText.Of(opened.Log.Replay()));
    }

    [Fact]
    public async Task A_definition_is_read_back_as_it_was_given()
    {
        await using var opened = OpenedStore.Empty();
        var definition = OpenedStore.Definition(
            "TableT",
            Index("Global", "G", AttributeType.N) with
            {
                Key = new KeySchema(
                    [.. "ABCD".Select(name => new KeyAttribute($"{name}", AttributeType.N))],
                    [.. "EFGH".Select(name => new KeyAttribute($"{name}", AttributeType.B))]),
                Projection = ProjectionType.Include,
                NonKeyAttributes = ["One", "Two"],
                Throughput = new ProvisionedThroughput(long.MaxValue, 1),
            },
            new IndexDefinition { Name = "Local", IsLocal = true, Key = new KeySchema(P, new KeyAttribute("L", AttributeType.N)) }) with
        {
            BillingMode = BillingMode.Provisioned,
            Throughput = new ProvisionedThroughput(40_000, 3),
            Stream = StreamViewType.NewAndOldImages,
            DeletionProtection = true,
        };
        await opened.Store.CreateTableAsync(definition);

        foreach (var found in new[] { await opened.Store.FindTableAsync("TableT"), opened.Log.Replay().Catalog.Find("TableT")!.Definition })
        {
            Assert.Equal(definition with { Indexes = [] }, found! with { Indexes = [] });
            Assert.Equal(definition.Indexes.Length, found.Indexes.Length);
            for (var i = 0; i < found.Indexes.Length; i++)
            {
                Assert.Equal(definition.Indexes[i].NonKeyAttributes.ToArray(), found.Indexes[i].NonKeyAttributes.ToArray());
                Assert.Equal(
                    definition.Indexes[i] with { NonKeyAttributes = [] }, found.Indexes[i] with { NonKeyAttributes = [] });
            }
        }
    }

    private static TableDefinition Definition(KeySchema key, params IndexDefinition[] indexes) =>
        new() { Name = "Table", Key = key, Indexes = [.. indexes] };

    private static IndexDefinition Index(string name, string attribute, AttributeType type = AttributeType.S) =>
        new() { Name = name, Key = new KeySchema(new KeyAttribute(attribute, type)) };
}
