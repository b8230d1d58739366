using CsCheck;
using Storage.Engine.Expressions;
using Xunit;

namespace Storage.Tests.Expressions;

public sealed class ConditionEvaluatorTests
{
    private const string Item =
        "{'s':'hello','n':5,'b':{'$B':'bytes'},'t':true,'z':null,'ss':{'$SS':['x','y']},'ns':{'$NS':[1,2]},"
        + "'bs':{'$BS':['p']},'l':[1,'two',{'deep':[7]}],'m':{'k':{'x':1}},'rest':5}";

    [Theory]
    [InlineData("s = :hello", true)]
    [InlineData("s <> :hello", false)]
    [InlineData("n = rest", true)]
    [InlineData("n = :hello", false)]
    [InlineData("n <> :hello", true)]
    [InlineData("n < :six", true)]
    [InlineData("n <= :five", true)]
    [InlineData("n > :five", false)]
    [InlineData("n >= :five", true)]
    [InlineData("n < :hello", false)]
    [InlineData("t < rest", false)]
    [InlineData("ss = :yx", true)]
    [InlineData("l[1] = :two", true)]
    [InlineData("l[2].deep[0] = :seven", true)]
    [InlineData("m.k.x = l[0]", true)]
    [InlineData("#d.#k.x < :five", true)]
    [InlineData("(n) = :five", true)]
    [InlineData(":five = n", true)]
    public void Comparisons_compare_values_of_one_type(string condition, bool holds) => Check(condition, holds);

    /// <summary>A comparison with a missing attribute is false, but for not-equal. Source: observed answers of DynamoDB.</summary>
    [Theory]
    [InlineData("lost = :five", false)]
    [InlineData("lost <> :five", true)]
    [InlineData(":five <> lost", true)]
    [InlineData("lost <> absent", true)]
    [InlineData("lost < :five", false)]
    [InlineData("l[9] = :five", false)]
    [InlineData("s.x = :five", false)]
    [InlineData("s[0] = :five", false)]
    [InlineData("m[0] = :five", false)]
    [InlineData("l.x = :five", false)]
    [InlineData("NOT lost = :five", true)]
    [InlineData("lost BETWEEN :five AND :six", false)]
    [InlineData("lost IN (:five)", false)]
    [InlineData("contains(lost, :two)", false)]
    [InlineData("begins_with(lost, :two)", false)]
    [InlineData("size(lost) > :five", false)]
    [InlineData("size(lost) <> :five", true)]
    [InlineData("attribute_type(lost, :S)", false)]
    public void A_missing_attribute_is_equal_to_nothing(string condition, bool holds) => Check(condition, holds);

    [Theory]
    [InlineData("n BETWEEN :five AND :six", true)]
    [InlineData("n BETWEEN :six AND :seven", false)]
    [InlineData("n BETWEEN l[0] AND :six", true)]
    [InlineData("s BETWEEN :five AND :six", false)]
    [InlineData("n IN (:six, :hello, rest)", true)]
    [InlineData("n IN (:six, :hello)", false)]
    [InlineData("attribute_exists(l[2].deep)", true)]
    [InlineData("attribute_exists(l[3])", false)]
    [InlineData("attribute_not_exists(m.k.y)", true)]
    [InlineData("attribute_type(s, :S)", true)]
    [InlineData("attribute_type(z, :NULL)", true)]
    [InlineData("attribute_type(ns, :S)", false)]
    [InlineData("begins_with(s, :he)", true)]
    [InlineData("begins_with(s, :two)", false)]
    [InlineData("begins_with(n, :he)", false)]
    [InlineData("begins_with(b, :by)", true)]
    [InlineData("contains(s, :ell)", true)]
    [InlineData("contains(ss, :x)", true)]
    [InlineData("contains(ns, :x)", false)]
    [InlineData("contains(ns, l[0])", true)]
    [InlineData("contains(l, :two)", true)]
    [InlineData("contains(m, :x)", false)]
    [InlineData("contains(n, :five)", false)]
    [InlineData("size(s) = :five", true)]
    [InlineData("size(b) = size(s)", true)]
    [InlineData("size(ss) < size(l)", true)]
    [InlineData("size(m) < :five", true)]
    [InlineData("size(n) < :six", false)]
    [InlineData("size(l) BETWEEN l[0] AND :five", true)]
    public void Functions_and_ranges(string condition, bool holds) => Check(condition, holds);

    [Theory]
    [InlineData("s = :two OR n = :five AND n = :six", false)]
    [InlineData("n = :five OR s = :two AND n = :six", true)]
    [InlineData("(n = :five OR s = :two) AND n = :six", false)]
    [InlineData("NOT n = :five OR s = :hello", true)]
    [InlineData("NOT (n = :five OR s = :hello)", false)]
    [InlineData("not NOT n = :five", true)]
    [InlineData("n = :five and s = :hello or z = :five", true)]
    [InlineData("n between :five and :six and s in (:hello)", true)]
    public void AND_binds_tighter_than_OR_and_NOT_tighter_than_both(string condition, bool holds) =>
        Check(condition, holds);

    [Theory]
    [InlineData("attribute_not_exists(pk)", true)]
    [InlineData("attribute_exists(pk)", false)]
    [InlineData("pk = :five", false)]
    [InlineData("pk <> :five", true)]
    [InlineData("size(:hello) = :five", true)]
    public void An_absent_item_has_no_attributes(string condition, bool holds) =>
        Assert.Equal(holds, Request().Holds(condition, null));

    [Fact]
    public void No_condition_holds_for_everything() => Assert.True(default(BoundCondition).Evaluate(default));

    /// <summary>Source: texts captured from DynamoDB.</summary>
    [Theory]
    [InlineData("Incorrect operand type for operator or function; operator or function: begins_with, operand type: N", "begins_with(s, :five)")]
    [InlineData("Incorrect operand type for operator or function; operator or function: begins_with, operand type: N", "begins_with(size(s), :he)")]
    [InlineData("Incorrect operand type for operator or function; operator or function: <, operand type: SS", "s < :yx")]
    [InlineData("Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: L", "s BETWEEN :list AND :list")]
    [InlineData("Incorrect operand type for operator or function; operator or function: size, operand type: N", "size(:five) = :five")]
    [InlineData("Incorrect operand type for operator or function; operator or function: contains, operand type: N", "contains(:five, s)")]
    [InlineData("Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N", "attribute_type(s, :five)")]
    [InlineData("Incorrect operand type for operator or function; operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}", "attribute_type(s, n)")]
    [InlineData("Invalid attribute type name found; type: two, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}", "attribute_type(s, :two)")]
    [InlineData("The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:two}, upper bound operand: AttributeValue: {S:hello}", "s BETWEEN :two AND :hello")]
    [InlineData("The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:6}, upper bound operand: AttributeValue: {N:5}", "s BETWEEN :six AND :five")]
    [InlineData("The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:6}, upper bound operand: AttributeValue: {S:two}", "s BETWEEN :six AND :two")]
    [InlineData("The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]", "a = a")]
    [InlineData("The first operand must be distinct from the remaining operands for this operator or function; operator: <, first operand: [m, [1], k]", "m[1].k < #d[1].#k")]
    [InlineData("The first operand must be distinct from the remaining operands for this operator or function; operator: contains, first operand: [a]", "contains(a, a)")]
    public void What_no_item_could_satisfy_is_refused_before_any_is_read(string error, string condition) =>
        Assert.Equal("Invalid ConditionExpression: " + error, Request().ConditionError(condition));

    /// <summary>Source: observed answers of DynamoDB.</summary>
    [Fact]
    public void A_filter_on_a_key_attribute_is_refused()
    {
        var request = ExpressionRequest.With("#a=a", ":v=1");
        var filter = request.Cache.Filter("b = :v AND #a = :v"u8).Bind(request.Placeholders);
        filter.ThrowIfFiltersKey("pk"u8);
        Assert.Equal(
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: a",
            ExpressionRequest.ErrorOf(() => filter.ThrowIfFiltersKey("a"u8)));
    }

    [Fact]
    public void Random_conditions_agree_with_an_oracle() => ConditionOracle.Cases.Sample(
        test => Assert.Equal(
            test.Condition.Holds(test.Item),
            ExpressionRequest.With([.. ConditionOracle.Values]).Holds(test.Condition.Text(), ConditionOracle.Json(test.Item))),
        iter: 3000);

    private static void Check(string condition, bool holds) => Assert.Equal(holds, Request().Holds(condition, Item));

    private static ExpressionRequest Request() => ExpressionRequest.With(
        ":hello='hello'", ":he='he'", ":ell='ell'", ":two='two'", ":x='x'", ":five=5", ":six=6.0", ":seven=7",
        ":S='S'", ":NULL='NULL'", ":yx={'$SS':['y','x']}", ":by={'$B':'by'}", ":list=[1]", "#d=m", "#k=k");
}
