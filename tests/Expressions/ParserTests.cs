using CsCheck;
using Storage.Engine.Expressions;
using Storage.Engine.Model;
using Xunit;

namespace Storage.Tests.Expressions;

public sealed class ParserTests
{
    private static readonly string[] Words =
    [
        "a", "b", "#n", ":v", ":w", "size", "contains", "begins_with", "attribute_exists", "attribute_type", "foo",
        "if_not_exists", "list_append", "AND", "and", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE",
        "(", ")", "((", "))", "[", "]", "[0]", ".", ",", "+", "-", "=", "<>", "<", "<=", ">", ">=", "!", "_", "7",
        "99999999999", "\u00e9", "a = :v", "(a = :v)", "size(a) > :n", "a.b[1]",
    ];

    private static readonly Gen<string> Soup = Gen.Int[0, Words.Length - 1].Select(index => Words[index]).Array[0, 30].Select(words => string.Join(' ', words));

    /// <summary>Source: texts captured from DynamoDB.</summary>
    [Theory]
    [InlineData("Invalid UpdateExpression: Syntax error; token: \"INVALID\", near: \"INVALID SYNTAX\"", "INVALID SYNTAX")]
    [InlineData("Invalid UpdateExpression: The expression can not be empty;", "")]
    [InlineData("Invalid UpdateExpression: The expression can not be empty;", " \t ")]
    [InlineData("Invalid UpdateExpression: Syntax error; token: \"<EOF>\", near: \"=\"", "SET a =")]
    [InlineData("Invalid UpdateExpression: Syntax error; token: \"0\", near: \", 0)\"", "SET a = list_append(a, 0)")]
    [InlineData("Invalid UpdateExpression: Syntax error; token: \"+\", near: \":v + :v\"", "SET a = :v + :v + :v")]
    [InlineData("Invalid UpdateExpression: Syntax error; token: \"REMOVE\", near: \", REMOVE b\"", "SET a = :v, REMOVE b")]
    [InlineData("Invalid UpdateExpression: Syntax error; token: \"b\", near: \"a b\"", "ADD a b")]
    [InlineData("Invalid UpdateExpression: The \"SET\" section can only be used once in an update expression;", "SET a = :v SET b = :v")]
    [InlineData("Invalid UpdateExpression: Invalid function name; function: foo", "SET a = foo(b)")]
    [InlineData("Invalid UpdateExpression: The function is not allowed in an update expression; function: size", "SET a = size(b)")]
    [InlineData("Invalid UpdateExpression: Operator or function requires a document path; operator or function: if_not_exists", "SET a = if_not_exists(:v, :v)")]
    [InlineData("Invalid UpdateExpression: Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 1", "SET a = list_append(b)")]
    [InlineData("Invalid UpdateExpression: List index is not within the allowable range; index: [99999999999]", "REMOVE a[99999999999]")]
    public void An_update_that_cannot_be_read_is_refused_in_the_words_of_AWS(string error, string update) =>
        Assert.Equal(error, new ExpressionRequest().UpdateError(update));

    [Theory]
    [InlineData("Invalid ConditionExpression: The expression can not be empty;", "")]
    [InlineData("Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"a\"", "a")]
    [InlineData("Invalid ConditionExpression: Syntax error; token: \"AND\", near: \"a AND b\"", "a AND b = :v")]
    [InlineData("Invalid ConditionExpression: Syntax error; token: \")\", near: \"() =\"", "size() = :v")]
    [InlineData("Invalid ConditionExpression: Syntax error; token: \"=\", near: \") = c\"", "(a = b) = c")]
    [InlineData("Invalid ConditionExpression: Syntax error; token: \"-\", near: \"my-name\"", "my-name = :v")]
    [InlineData("Invalid ConditionExpression: The expression has redundant parentheses;", "((a = :v))")]
    [InlineData("Invalid ConditionExpression: The expression has redundant parentheses;", "b = :v AND ((a)) = :v")]
    [InlineData("Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: size", "size = :v")]
    [InlineData("Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: Name", "a.Name = :v")]
    [InlineData("Invalid ConditionExpression: Invalid function name; function: SIZE", "SIZE(a) = :v")]
    [InlineData("Invalid ConditionExpression: The function is not allowed in a condition expression; function: if_not_exists", "if_not_exists(a, :v) = :v")]
    [InlineData("Invalid ConditionExpression: The function is not allowed to be used this way in an expression; function: size", "size(a)")]
    [InlineData("Invalid ConditionExpression: The function is not allowed to be used this way in an expression; function: attribute_exists", "attribute_exists(a) = :v")]
    [InlineData("Invalid ConditionExpression: Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1", "begins_with(a)")]
    [InlineData("Invalid ConditionExpression: Operator or function requires a document path; operator or function: attribute_exists", "attribute_exists(:v)")]
    public void A_condition_that_cannot_be_read_is_refused_in_the_words_of_AWS(string error, string condition) =>
        Assert.Equal(error, new ExpressionRequest().ConditionError(condition));

    [Theory]
    [InlineData("Invalid ProjectionExpression: Syntax error; token: \"!\", near: \"!!\"", "!!")]
    [InlineData("Invalid ProjectionExpression: The expression can not be empty;", "")]
    [InlineData("Invalid ProjectionExpression: Syntax error; token: \"<EOF>\", near: \",\"", "a,")]
    [InlineData("Invalid ProjectionExpression: Syntax error; token: \"-\", near: \"[-1\"", "a[-1]")]
    [InlineData("Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: size", "a, size")]
    public void A_projection_that_cannot_be_read_is_refused_in_the_words_of_AWS(string error, string projection) =>
        Assert.Equal(error, new ExpressionRequest().ProjectionError(projection));

    [Fact]
    public void A_filter_is_named_as_one() => Assert.Equal(
        "Invalid FilterExpression: Syntax error; token: \"<EOF>\", near: \"a\"",
        new ExpressionRequest().FilterError("a"));

    /// <summary>"The maximum length of any expression string is 4 KB." Developer Guide, quotas.</summary>
    [Fact]
    public void An_expression_has_4096_bytes_and_not_one_more()
    {
        var longest = "attribute_exists(a)".PadRight(4096);
        Assert.False(new ExpressionRequest().Holds(longest, "{}"));
        Assert.Equal(
            "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4097",
            new ExpressionRequest().ConditionError(longest + " "));
    }

    /// <summary>"The maximum number of operators or functions allowed is 300." Developer Guide, quotas.</summary>
    [Fact]
    public void An_expression_has_300_operators_and_not_one_more()
    {
        var request = ExpressionRequest.With(":v=1");
        Assert.True(request.Holds(Joined(150) + " OR NOT a<:v", "{'a':1}"));
        Assert.Equal(
            "Invalid ConditionExpression: The expression contains too many operators; operator count: 301",
            request.ConditionError(Joined(151)));

        // n comparisons and n - 1 times AND.
        static string Joined(int n) => string.Join(" AND ", Enumerable.Repeat("a>:v", n - 1)) + (n == 151 ? " AND a=:v" : string.Empty);
    }

    /// <summary>"IN: up to 100 operands." Developer Guide, quotas.</summary>
    [Fact]
    public void IN_takes_100_operands_and_not_one_more()
    {
        var request = ExpressionRequest.With(":v=1");
        Assert.True(request.Holds($"a IN ({Operands(100)})", "{'a':1}"));
        Assert.Equal(
            "Invalid ConditionExpression: The IN operator is provided with too many operands; number of operands: 101",
            request.ConditionError($"a IN ({Operands(101)})"));

        static string Operands(int count) => string.Join(',', Enumerable.Repeat(":v", count));
    }

    /// <summary>Clients that join conditions one by one nest each in the next.</summary>
    [Fact]
    public void As_many_nested_parentheses_as_operators_are_read_on_a_small_stack()
    {
        var nested = string.Concat(Enumerable.Repeat('(', 149)) + "a=:v"
            + string.Concat(Enumerable.Repeat(" AND a=:v)", 149));
        var nots = string.Concat(Enumerable.Repeat("NOT(", 299)) + "a=:v" + new string(')', 299);
        var functions = "SET a=" + string.Concat(Enumerable.Repeat("if_not_exists(b,", 230)) + ":v" + new string(')', 230);
        Exception? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    var request = ExpressionRequest.With(":v=1");
                    Assert.True(request.Holds(nested, "{'a':1}"));
                    Assert.False(request.Holds(nots, "{'a':1}"));
                    Assert.Equal("{'a':1}", request.Apply(functions, "{}"));
                    Assert.Contains("nested parentheses", request.ConditionError(new string('(', 4096)), StringComparison.Ordinal);
                }
                catch (Exception caught) when (caught is not OutOfMemoryException)
                {
                    failure = caught;
                }
            },
            maxStackSize: 1024 * 1024);
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    [Fact]
    public void A_path_has_32_elements_and_not_one_more()
    {
        var longest = string.Join('.', Enumerable.Repeat("a", 32));
        Assert.Equal("{}", new ExpressionRequest().Project(longest, "{}"));
        Assert.Equal(
            "Invalid ProjectionExpression: The document path has too many nesting elements; nesting elements: 33",
            new ExpressionRequest().ProjectionError(longest + ".a"));
    }

    [Fact]
    public void Token_soup_is_read_or_refused_and_what_is_read_can_be_evaluated() =>
        Soup.Sample(TryEverything, iter: 4000);

    [Fact]
    public void Random_text_is_read_or_refused() =>
        Gen.String[Gen.Char["ab#:()[].,=<>+- \u00e9_1!"], 0, 60].Sample(TryEverything, iter: 2000);

    [Fact]
    public void Random_bytes_are_read_or_refused() => Gen.Byte.Array[0, 60].Sample(
        bytes =>
        {
            foreach (var kind in Enum.GetValues<ExpressionKind>())
            {
                Try(() => _ = Parse(new ExpressionCache(), kind, bytes));
            }
        },
        iter: 1000);

    private static ParsedExpression Parse(ExpressionCache cache, ExpressionKind kind, byte[] text) => kind switch
    {
        ExpressionKind.ConditionExpression => cache.Condition(text),
        ExpressionKind.FilterExpression => cache.Filter(text),
        ExpressionKind.KeyConditionExpression => cache.KeyCondition(text),
        ExpressionKind.UpdateExpression => cache.Update(text),
        _ => cache.Projection(text),
    };

    private static void TryEverything(string text)
    {
        const string item = "{'a':{'b':[1,2,3]},'b':{'$SS':['x']},'pk':'k'}";
        var request = ExpressionRequest.With("#n=b", ":v=['x']", ":w={'$SS':['x','y']}", ":n=1");
        Try(() => request.Holds(text, item));
        Try(() => request.Apply(text, item));
        Try(() => request.Apply("SET " + text, item));
        Try(() => request.Touched("REMOVE " + text, item));
        Try(() => request.Project(text, item));
        Try(() => request.Key(text, new KeySchema(new KeyAttribute("a", AttributeType.S))));
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (DynamoDbException refusal)
        {
            Assert.Equal("ValidationException", refusal.ErrorType);
        }
    }
}
