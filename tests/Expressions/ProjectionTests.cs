using CsCheck;
using Storage.Engine.Encoding;
using Storage.Engine.Expressions;
using Xunit;

namespace Storage.Tests.Expressions;

public sealed class ProjectionTests
{
    private const string Item = "{'a':1,'b':{'x':1,'y':{'z':2}},'l':['p','q',{'k':3},'r'],'s':'text'}";

    [Theory]
    [InlineData("a", "{'a':1}")]
    [InlineData("s, a", "{'a':1,'s':'text'}")]
    [InlineData("b.y.z", "{'b':{'y':{'z':2}}}")]
    [InlineData("b.y.z, b.x", "{'b':{'x':1,'y':{'z':2}}}")]
    [InlineData("l[3], l[0]", "{'l':['p','r']}")]
    [InlineData("l[2].k, l[1]", "{'l':['q',{'k':3}]}")]
    [InlineData("l[9], b.nope, lost, s.x, a[0], l[0].z", "{}")]
    [InlineData("#dotted, a", "{'a':1}")]
    public void Only_the_asked_paths_are_shown_in_their_structure(string projection, string shown) =>
        Assert.Equal(shown, ExpressionRequest.With("#dotted=b.x").Project(projection, Item));

    [Theory]
    [InlineData("Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]", "a, a.b")]
    [InlineData("Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a]", "a.b, c, #a")]
    [InlineData("Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, [0]], path two: [a, b]", "a[0], a.b")]
    public void Paths_must_not_overlap(string error, string projection) => Assert.Equal(
        "Invalid ProjectionExpression: " + error, ExpressionRequest.With("#a=a").ProjectionError(projection));

    [Fact]
    public void The_attributes_it_needs_are_listed()
    {
        var request = ExpressionRequest.With("#b=b");
        var projection = request.Cache.Projection("a.x, #b[1], c"u8).Bind(request.Placeholders);
        Assert.Equal(["a", "b", "c"], Enumerable.Range(0, projection.PathCount)
            .Select(path => ExpressionError.Utf8(projection.TopLevelName(path))));
    }

    [Fact]
    public void A_list_of_names_projects_whole_attributes_whatever_they_are_called()
    {
        var projection = ProjectionExpression.OfAttributes([.. "size"u8], [.. "a.b"u8]).Bind(new Placeholders());
        using var writer = ValueWriter.Rent();
        projection.Project(PlainJson.Encode("{'a':{'b':1},'a.b':2,'size':[3]}"), writer);
        Assert.Equal("{'a.b':2,'size':[3]}", PlainJson.Decode(writer.Written));
    }

    [Fact]
    public void No_projection_shows_the_whole_item()
    {
        using var writer = ValueWriter.Rent();
        default(BoundProjection).Project(PlainJson.Encode(Item), writer);
        Assert.Equal(Item, PlainJson.Decode(writer.Written));
    }

    [Fact]
    public void Random_projections_show_the_members_that_are_there() => Gen.Select(
        Gen.Int[0, 60].Array[0, 40], Gen.Int[0, 60].Array[1, 45]).Sample(
        (present, asked) =>
        {
            var there = present.Distinct().Select(i => $"x{i:00}").Order(StringComparer.Ordinal).ToArray();
            var wanted = asked.Distinct().Select(i => $"x{i:00}").ToArray();
            Assert.Equal(
                Json(there.Intersect(wanted)), new ExpressionRequest().Project(string.Join(',', wanted), Json(there)));

            static string Json(IEnumerable<string> names) => $"{{{string.Join(',', names.Select(name => $"'{name}':1"))}}}";
        },
        iter: 500);
}
