using BenchmarkDotNet.Attributes;
using Storage.Engine;
using Storage.Engine.Encoding;
using Storage.Engine.Expressions;

namespace Storage.Bench.Micro;

/// <summary>
/// What a request pays for its expressions: finding the parsed tree by its text, binding placeholders, evaluating
/// over an item of ten attributes. None of these allocates.
/// </summary>
[MemoryDiagnoser]
public class ExpressionBench : IDisposable
{
    private readonly ExpressionCache cache = new();
    private readonly Placeholders placeholders = new();
    private readonly Placeholders scanned = new();
    private readonly ValueWriter writer = ValueWriter.Rent();
    private byte[] item = [];
    private byte[] one = [];
    private byte[] text = [];
    private byte[] source = [];
    private BoundCondition filter;

    [GlobalSetup]
    public void Setup()
    {
        var attributes = new (string, AttributeValue)[10];
        for (var i = 0; i < attributes.Length; i++)
        {
            attributes[i] = ($"attribute{i}", i % 2 == 0 ? i : $"text of attribute {i}");
        }

        item = Item.Of(attributes).Encoded.ToArray();
        one = AttributeValue.Number("1").Encoded.ToArray();
        text = ((AttributeValue)"text").Encoded.ToArray();
        source = [.. "attribute8 > :one AND begins_with(#name, :text)"u8];
        scanned.AddValue(":one"u8, one);
        scanned.AddValue(":text"u8, text);
        filter = cache.Filter("attribute8 > :one AND begins_with(attribute7, :text)"u8).Bind(scanned);
    }

    [Benchmark]
    public bool Condition()
    {
        placeholders.Clear();
        placeholders.AddName("#name"u8, "attribute7"u8);
        placeholders.AddValue(":one"u8, one);
        placeholders.AddValue(":text"u8, text);
        var condition = cache.Condition("attribute8 > :one AND begins_with(#name, :text)"u8).Bind(placeholders);
        placeholders.ThrowIfUnused();
        return condition.Evaluate(item);
    }

    [Benchmark]
    public bool FilterOfABoundScan() => filter.Evaluate(item);

    [Benchmark]
    public int Update()
    {
        placeholders.Clear();
        placeholders.AddValue(":one"u8, one);
        placeholders.AddValue(":text"u8, text);
        var update = cache.Update("SET attribute0 = attribute0 + :one, attribute1 = :text REMOVE attribute9"u8)
            .Bind(placeholders);
        placeholders.ThrowIfUnused();
        writer.Clear();
        update.Apply(item, default, writer);
        return writer.Length;
    }

    [Benchmark]
    public int Projection()
    {
        placeholders.Clear();
        var projection = cache.Projection("attribute1, attribute4, attribute8"u8).Bind(placeholders);
        writer.Clear();
        projection.Project(item, writer);
        return writer.Length;
    }

    /// <summary>A miss: what the cache saves.</summary>
    [Benchmark]
    public int Parse()
    {
        var parsed = ConditionParser.ParseCondition(ExpressionKind.ConditionExpression, source);
        return parsed.Nodes.Length;
    }

    public void Dispose()
    {
        placeholders.Dispose();
        scanned.Dispose();
        writer.Dispose();
        GC.SuppressFinalize(this);
    }
}
