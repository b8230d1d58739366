using Storage.Engine.Expressions;
using Storage.Engine.Model;
using Xunit;

namespace Storage.Tests.Expressions;

public sealed class KeyConditionTests
{
    private static readonly KeySchema Simple = new(Key("pk"));
    private static readonly KeySchema Composite = new(Key("pk"), Key("sk"));
    private static readonly KeySchema Several = new(
        [Key("h1"), Key("h2")], [Key("r1"), Key("r2"), new KeyAttribute("r3", AttributeType.N)]);

    [Theory]
    [InlineData("pk = :p", "None", "", "")]
    [InlineData(":p = pk", "None", "", "")]
    [InlineData("pk = :p AND sk = :a", "Equal", "'a'", "")]
    [InlineData("sk = :a AND pk = :p", "Equal", "'a'", "")]
    [InlineData("(pk = :p) AND (sk < :a)", "Less", "'a'", "")]
    [InlineData("(pk = :p AND sk <= :a)", "LessOrEqual", "'a'", "")]
    [InlineData("pk = :p and sk > :a", "Greater", "'a'", "")]
    [InlineData("pk = :p AND :a > sk", "Less", "'a'", "")]
    [InlineData("pk = :p AND sk >= :a", "GreaterOrEqual", "'a'", "")]
    [InlineData("#p = :p AND begins_with(sk, :a)", "BeginsWith", "'a'", "")]
    [InlineData("sk BETWEEN :a AND :z AND pk = :p", "Between", "'a'", "'z'")]
    public void A_key_condition_gives_a_range_of_sort_keys(string condition, string sort, string value, string upper)
    {
        var key = Request().Key(condition, Composite);
        Assert.Equal(sort, key.Sort.ToString());
        Assert.Equal(1, key.PartitionCount);
        Assert.Equal("'p'", PlainJson.Decode(key.Partition()));
        Assert.Equal(value, key.SortValue.IsEmpty ? string.Empty : PlainJson.Decode(key.SortValue));
        Assert.Equal(upper, key.SortUpper.IsEmpty ? string.Empty : PlainJson.Decode(key.SortUpper));
        Assert.Equal(0, key.SortPrefixCount);
    }

    /// <summary>Source: texts captured from DynamoDB and observed answers.</summary>
    [Theory]
    [InlineData("Invalid KeyConditionExpression: The expression can not be empty;", "")]
    [InlineData("Query condition missed key schema element: pk", "sk = :a")]
    [InlineData("Query condition missed key schema element: sk", "pk = :p AND rest = :a")]
    [InlineData("Query key condition not supported", "pk > :p")]
    [InlineData("Query key condition not supported", "begins_with(pk, :p)")]
    [InlineData("Invalid operator used in KeyConditionExpression: OR", "pk = :p OR sk = :a")]
    [InlineData("Invalid operator used in KeyConditionExpression: NOT", "pk = :p AND NOT sk = :a")]
    [InlineData("Invalid operator used in KeyConditionExpression: <>", "pk <> :p")]
    [InlineData("Invalid operator used in KeyConditionExpression: IN", "pk IN (:p)")]
    [InlineData("Invalid operator used in KeyConditionExpression: contains", "contains(pk, :p)")]
    [InlineData("KeyConditionExpressions cannot contain nested operations", "size(pk) = :n")]
    [InlineData("KeyConditionExpressions cannot have conditions on nested attributes", "pk.x = :p")]
    [InlineData("KeyConditionExpressions must only contain one condition per key", "pk = :p AND #p = :a")]
    [InlineData("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition", "pk = sk")]
    [InlineData("Invalid condition in KeyConditionExpression: No key attribute specified", ":p = :a")]
    [InlineData("Invalid condition in KeyConditionExpression: begins_with operator must have the key attribute as its first operand", "begins_with(:p, pk)")]
    [InlineData("Conditions can be of length 1 or 2 only", "pk = :p AND sk = :a AND rest = :a")]
    [InlineData("One or more parameter values were invalid: Condition parameter type does not match schema type", "pk = :n")]
    [InlineData("One or more parameter values were invalid: Condition parameter type does not match schema type", "pk = :p AND sk > :n")]
    [InlineData("Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:z}, upper bound operand: AttributeValue: {S:a}", "pk = :p AND sk BETWEEN :z AND :a")]
    [InlineData("Invalid KeyConditionExpression: An expression attribute value used in expression is not defined; attribute value: :nope", "pk = :nope")]
    public void What_is_no_key_condition_is_refused_in_the_words_of_AWS(string error, string condition) =>
        Assert.Equal(error, ExpressionRequest.ErrorOf(() => Request().Key(condition, Composite)));

    [Fact]
    public void A_simple_key_takes_no_second_condition() => Assert.Equal(
        "Query key condition not supported",
        ExpressionRequest.ErrorOf(() => Request().Key("pk = :p AND sk = :a", Simple)));

    /// <summary>
    /// "equality on every HASH; equality on a gap-free prefix of RANGE, range operator only on the last; any clause
    /// order". Source: captured from DynamoDB, multi-attribute keys.
    /// </summary>
    [Fact]
    public void Keys_of_several_attributes_take_equalities_and_one_range_at_the_end()
    {
        var key = Request().Key("r2 > :z AND h2 = :a AND r1 = :p AND h1 = :p", Several);
        Assert.Equal(2, key.PartitionCount);
        Assert.Equal("'p'", PlainJson.Decode(key.Partition()));
        Assert.Equal("'a'", PlainJson.Decode(key.Partition(1)));
        Assert.Equal(1, key.SortPrefixCount);
        Assert.Equal("'p'", PlainJson.Decode(key.SortPrefix(0)));
        Assert.Equal(SortOperator.Greater, key.Sort);
        Assert.Equal("'z'", PlainJson.Decode(key.SortValue));
    }

    [Theory]
    [InlineData("Query condition missed key schema element: h2", "h1 = :p AND r1 = :a")]
    [InlineData("RANGE key attributes r1 must have equality conditions specified in the query because a condition is present on key attribute r2", "h1 = :p AND h2 = :p AND r2 = :a")]
    [InlineData("RANGE key attributes r1 must have equality conditions specified in the query because a condition is present on key attribute r2", "h1 = :p AND h2 = :p AND r1 > :a AND r2 = :a")]
    [InlineData("One or more parameter values were invalid: Condition parameter type does not match schema type", "h1 = :p AND h2 = :p AND r1 = :a AND r2 = :a AND r3 = :a")]
    public void Gaps_in_a_key_of_several_attributes_are_refused(string error, string condition) =>
        Assert.Equal(error, ExpressionRequest.ErrorOf(() => Request().Key(condition, Several)));

    private static KeyAttribute Key(string name) => new(name, AttributeType.S);

    private static ExpressionRequest Request() =>
        ExpressionRequest.With(":p='p'", ":a='a'", ":z='z'", ":n=1", "#p=pk");
}
