using System.Globalization;
using Storage.Engine.Encoding;
using Storage.Engine.Expressions;
using Xunit;

namespace Storage.Tests.Expressions;

public sealed class ExpressionCacheTests
{
    [Fact]
    public void A_text_is_parsed_once_for_each_kind()
    {
        var cache = new ExpressionCache();
        var text = "attribute_exists(a)"u8;
        Assert.Same(cache.Condition(text), cache.Condition(text.ToArray()));
        Assert.Same(cache.Filter(text), cache.Filter(text));
        Assert.NotSame(cache.Condition(text), cache.Filter(text));
    }

    [Fact]
    public void Any_number_of_texts_is_served_from_bounded_room()
    {
        var cache = new ExpressionCache();
        for (var i = 0; i < 5000; i++)
        {
            var text = ExpressionRequest.Utf8("a" + i.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(text, cache.Projection(text).Text);
            Assert.Same(cache.Projection(text), cache.Projection(text));
        }
    }

    [Fact]
    public void Threads_may_share_a_cache()
    {
        var cache = new ExpressionCache();
        Parallel.For(0, 4000, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            var text = ExpressionRequest.Utf8("b" + (i % 1500).ToString(CultureInfo.InvariantCulture));
            Assert.Equal(text, cache.Projection(text).Text);
        });
    }

    [Fact]
    public void A_request_whose_expressions_are_cached_allocates_nothing()
    {
        var cache = new ExpressionCache();
        var item = PlainJson.Encode("{'a':5,'b':{'c':'text'},'l':[1,2,3],'pk':'k','s':{'$SS':['x']}}");
        var five = PlainJson.Encode("5");
        var set = PlainJson.Encode("{'$SS':['y']}");
        // Not from the pools: tests beside this one could empty them.
        var placeholders = new Placeholders();
        using var writer = ValueWriter.Rent();
        for (var i = 0; i < 10; i++)
        {
            Run();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Run();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run()
        {
            placeholders.Clear();
            placeholders.AddName("#c"u8, "c"u8);
            placeholders.AddValue(":v"u8, five);
            placeholders.AddValue(":s"u8, set);
            var condition = cache.Condition("a = :v AND size(b.#c) < :v AND NOT begins_with(b.#c, pk)"u8).Bind(placeholders);
            var update = cache.Update("SET a = a + :v, b.d = :v, l[1] = if_not_exists(z, :v) ADD s :s REMOVE l[0]"u8).Bind(placeholders);
            var projection = cache.Projection("a, b.#c, l[2]"u8).Bind(placeholders);
            placeholders.ThrowIfUnused();
            Assert.True(condition.Evaluate(item));
            writer.Clear();
            update.Apply(item, default, writer);
            writer.Clear();
            update.WriteTouched(item, writer);
            writer.Clear();
            projection.Project(item, writer);
        }
    }
}
