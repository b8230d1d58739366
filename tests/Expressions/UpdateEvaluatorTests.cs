using CsCheck;
using Storage.Engine.Encoding;
using Xunit;

namespace Storage.Tests.Expressions;

public sealed class UpdateEvaluatorTests
{
    private const string Missing = "The provided expression refers to an attribute that does not exist in the item";
    private const string WrongType = "An operand in the update expression has an incorrect data type";
    private const string InvalidPath = "The document path provided in the update expression is invalid for update";

    [Theory]
    [InlineData("SET a = :one", "{}", "{'a':1}")]
    [InlineData("SET a = :one", "{'a':'old','b':2}", "{'a':1,'b':2}")]
    [InlineData("SET a = b, b = a", "{'a':1,'b':2}", "{'a':2,'b':1}")]
    [InlineData("SET c = a, a = :s, d = a", "{'a':1}", "{'a':'s','c':1,'d':1}")]
    [InlineData("SET a = a + :one", "{'a':2}", "{'a':3}")]
    [InlineData("SET a = :one - a", "{'a':2.5}", "{'a':-1.5}")]
    [InlineData("SET a = (a + :one)", "{'a':2}", "{'a':3}")]
    [InlineData("SET a = (a) - (:one)", "{'a':2}", "{'a':1}")]
    [InlineData("SET a = if_not_exists(a, :one)", "{'a':2}", "{'a':2}")]
    [InlineData("SET a = if_not_exists(a, :one)", "{}", "{'a':1}")]
    [InlineData("SET a = if_not_exists(a, :one) + :one", "{}", "{'a':2}")]
    [InlineData("SET a = if_not_exists(a, lost)", "{'a':2}", "{'a':2}")]
    [InlineData("SET a = if_not_exists(x, if_not_exists(y, :one))", "{}", "{'a':1}")]
    [InlineData("SET a = list_append(a, :l)", "{'a':[0]}", "{'a':[0,1,'s']}")]
    [InlineData("SET a = list_append(:l, a)", "{'a':[0]}", "{'a':[1,'s',0]}")]
    [InlineData("SET a = list_append(if_not_exists(a, :e), list_append(:l, :l))", "{}", "{'a':[1,'s',1,'s']}")]
    [InlineData("SET a = if_not_exists(x, list_append(:l, :e))", "{}", "{'a':[1,'s']}")]
    [InlineData("SET m.a = :one", "{'m':{'b':2}}", "{'m':{'a':1,'b':2}}")]
    [InlineData("SET m.a = :one, m.c = :one, k.x.y = :s", "{'m':{'b':2,'c':3},'k':{'x':{}}}", "{'k':{'x':{'y':'s'}},'m':{'a':1,'b':2,'c':1}}")]
    [InlineData("SET #m.#d = :one", "{'m':{}}", "{'m':{'d.d':1}}")]
    [InlineData("SET l[1] = :one", "{'l':['a','b','c']}", "{'l':['a',1,'c']}")]
    [InlineData("SET l[0].a = :one", "{'l':[{'b':2}]}", "{'l':[{'a':1,'b':2}]}")]
    [InlineData("SET l[0][1] = :one", "{'l':[[0]]}", "{'l':[[0,1]]}")]
    public void SET_writes_values_computed_from_the_old_item(string update, string old, string updated) =>
        Assert.Equal(updated, Request().Apply(update, old));

    /// <summary>"If you add multiple elements ... they are appended". Developer Guide, update expressions.</summary>
    [Theory]
    [InlineData("SET l[9] = :one", "{'l':['a']}", "{'l':['a',1]}")]
    [InlineData("SET l[9] = :one, l[7] = :s", "{'l':['a']}", "{'l':['a','s',1]}")]
    [InlineData("SET l[0] = :one, l[5] = :s", "{'l':['a']}", "{'l':[1,'s']}")]
    public void SET_past_the_end_of_a_list_appends(string update, string old, string updated) =>
        Assert.Equal(updated, Request().Apply(update, old));

    [Theory]
    [InlineData("REMOVE a", "{'a':1,'b':2}", "{'b':2}")]
    [InlineData("REMOVE a, c", "{'a':1,'b':2}", "{'b':2}")]
    [InlineData("REMOVE l[0], l[2], l[9]", "{'l':['a','b','c','d']}", "{'l':['b','d']}")]
    [InlineData("REMOVE l[0] SET l[1] = :one, l[7] = :s", "{'l':['a','b','c']}", "{'l':[1,'c','s']}")]
    [InlineData("REMOVE m.a, m.x", "{'m':{'a':1}}", "{'m':{}}")]
    public void REMOVE_takes_away_what_is_there_and_indexes_mean_old_positions(string update, string old, string updated) =>
        Assert.Equal(updated, Request().Apply(update, old));

    [Theory]
    [InlineData("ADD a :one", "{}", "{'a':1}")]
    [InlineData("ADD a :one", "{'a':-1}", "{'a':0}")]
    [InlineData("ADD a :ss", "{}", "{'a':{'$SS':['x','y']}}")]
    [InlineData("ADD a :ss", "{'a':{'$SS':['a','x','z']}}", "{'a':{'$SS':['a','x','y','z']}}")]
    [InlineData("ADD a :ns", "{'a':{'$NS':[-1,2]}}", "{'a':{'$NS':[-1,1,2]}}")]
    [InlineData("ADD m.a :one, l[0] :one, l[5] :one", "{'m':{},'l':[1]}", "{'l':[2,1],'m':{'a':1}}")]
    public void ADD_adds_numbers_and_joins_sets_and_begins_at_nothing(string update, string old, string updated) =>
        Assert.Equal(updated, Request().Apply(update, old));

    /// <summary>The last element takes the attribute with it. Source: observed answers of DynamoDB.</summary>
    [Theory]
    [InlineData("DELETE a :ss", "{'a':{'$SS':['a','x','z']}}", "{'a':{'$SS':['a','z']}}")]
    [InlineData("DELETE a :ss", "{'a':{'$SS':['x']},'b':1}", "{'b':1}")]
    [InlineData("DELETE a :ns", "{'a':{'$NS':[1,2]}}", "{}")]
    [InlineData("DELETE a :ss", "{'b':1}", "{'b':1}")]
    [InlineData("DELETE m.a :ss", "{'m':{'a':{'$SS':['x','y']}}}", "{'m':{}}")]
    public void DELETE_takes_elements_out_of_a_set(string update, string old, string updated) =>
        Assert.Equal(updated, Request().Apply(update, old));

    [Theory]
    [InlineData(Missing, "SET a = b", "{}")]
    [InlineData(Missing, "SET a = b + :one", "{}")]
    [InlineData(Missing, "SET a = list_append(b, :l)", "{}")]
    [InlineData(Missing, "SET a = if_not_exists(b, c)", "{}")]
    [InlineData(WrongType, "SET a = b + :one", "{'b':'s'}")]
    [InlineData(WrongType, "SET a = list_append(b, :l)", "{'b':'s'}")]
    [InlineData(WrongType, "ADD a :one", "{'a':'s'}")]
    [InlineData(WrongType, "ADD a :ss", "{'a':{'$NS':[1]}}")]
    [InlineData(WrongType, "ADD a :ss", "{'a':1}")]
    [InlineData(WrongType, "DELETE a :ss", "{'a':['x']}")]
    [InlineData(InvalidPath, "SET a.b = :one", "{}")]
    [InlineData(InvalidPath, "SET a.b = :one", "{'a':'s'}")]
    [InlineData(InvalidPath, "SET a[0] = :one", "{'a':{}}")]
    [InlineData(InvalidPath, "SET a.b = :one", "{'a':[]}")]
    [InlineData(InvalidPath, "SET a[3].b = :one", "{'a':[]}")]
    [InlineData(InvalidPath, "REMOVE a.b", "{}")]
    [InlineData(InvalidPath, "ADD a.b :one", "{}")]
    [InlineData("Number overflow. Attempting to store a number with magnitude larger than supported range", "SET a = b + b2", "{'b':9.9999999999999999999999999999999999999E125,'b2':9.9999999999999999999999999999999999999E125}")]
    public void Data_that_does_not_fit_is_refused_in_the_words_of_AWS(string error, string update, string item) =>
        Assert.Equal(error, Request().UpdateError(update, item));

    [Theory]
    [InlineData("Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]", "SET a = :one, a.b = :one")]
    [InlineData("Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]", "SET a = :one REMOVE a")]
    [InlineData("Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, [1], x], path two: [a, [1]]", "REMOVE b, a[1].x, a[0], a[1]")]
    [InlineData("Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m], path two: [m]", "REMOVE m, #m")]
    [InlineData("Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [1]]", "SET a.b = :one, a[1] = :one")]
    [InlineData("Incorrect operand type for operator or function; operator or function: +, operand type: S", "SET a = a + :s")]
    [InlineData("Incorrect operand type for operator or function; operator or function: list_append, operand type: N", "SET a = list_append(a, :one)")]
    [InlineData("Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND", "ADD a :s")]
    [InlineData("Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND", "DELETE a :one")]
    public void What_no_item_could_take_is_refused_before_any_is_read(string error, string update) => Assert.Equal(
        "Invalid UpdateExpression: " + error,
        ExpressionRequest.ErrorOf(() => Request().Update(update)));

    [Fact]
    public void Many_targets_are_ordered_and_checked_too()
    {
        var names = Enumerable.Range(0, 500).Select(i => $"x{i * 7919 % 500}").ToArray();
        Assert.Equal("{'keep':1}", Request().Apply(
            "REMOVE " + string.Join(',', names), $"{{'keep':1,{string.Join(',', names.Select(name => $"'{name}':1"))}}}"));
        Assert.Contains("overlap", Request().UpdateError($"REMOVE {string.Join(',', names)},x400"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_absent_item_begins_from_its_key()
    {
        Assert.Equal("{'a':1,'pk':'k'}", Request().Apply("SET a = :one", null));
        Assert.Equal("{'pk':'k'}", Request().Apply("REMOVE a", null));
    }

    /// <summary>Source: captured from DynamoDB.</summary>
    [Fact]
    public void Key_attributes_cannot_be_updated()
    {
        var update = Request().Update("SET a = :one REMOVE #m");
        update.ThrowIfUpdatesKey("pk"u8);
        Assert.Equal(
            "One or more parameter values were invalid: Cannot update attribute m. This attribute is part of the key",
            ExpressionRequest.ErrorOf(() => update.ThrowIfUpdatesKey("m"u8)));
    }

    /// <summary>31 lists or maps around a scalar pass, 32 fail. Source: captured from DynamoDB.</summary>
    [Theory]
    [InlineData(30, true)]
    [InlineData(31, false)]
    public void A_value_set_inside_a_map_counts_the_levels_above_it(int wrappers, bool passes)
    {
        var request = ExpressionRequest.With($":v={new string('[', wrappers)}1{new string(']', wrappers)}");
        if (passes)
        {
            Assert.Contains("[[1]]", request.Apply("SET m.a = :v", "{'m':{}}"), StringComparison.Ordinal);
        }
        else
        {
            Assert.StartsWith(
                "Nesting Levels have exceeded supported limits",
                request.UpdateError("SET m.a = :v", "{'m':{}}"),
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("SET a = :one, m.k = :one REMOVE l[1]", "{'a':5,'m':{'k':6,'other':7},'l':[1,2,3],'z':1}", "{'a':5,'l':[2],'m':{'k':6}}")]
    [InlineData("SET a = :one", "{'z':1}", "{}")]
    [InlineData("REMOVE m.x.y", "{'m':{'x':{}}}", "{}")]
    public void Only_the_touched_paths_are_shown(string update, string item, string touched) =>
        Assert.Equal(touched, Request().Touched(update, item));

    [Fact]
    public void Random_updates_of_a_map_agree_with_a_dictionary() => Gen.Select(
        Gen.Int[0, 9].Array[0, 8],
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 2]).Array[1, 6]).Sample(
        (present, changes) =>
        {
            var expected = present.Distinct().ToDictionary(i => i, i => i * 10);
            var old = Json(expected);
            var distinct = changes.DistinctBy(change => change.Item1).ToArray();
            foreach (var (name, verb) in distinct)
            {
                if (verb == 0)
                {
                    expected[name] = 1;
                }
                else if (verb == 1)
                {
                    expected.Remove(name);
                }
                else
                {
                    expected[name] = expected.GetValueOrDefault(name) + 1;
                }
            }

            var update = Section("SET", 0, " = :one") + Section("REMOVE", 1, string.Empty) + Section("ADD", 2, " :one");
            Assert.Equal(Json(expected), Request().Apply(update, old));

            string Section(string word, int verb, string rest) => distinct.Any(change => change.Item2 == verb)
                ? $" {word} {string.Join(',', distinct.Where(change => change.Item2 == verb).Select(change => $"x{change.Item1}{rest}"))}"
                : string.Empty;

            static string Json(Dictionary<int, int> item) =>
                $"{{{string.Join(',', item.OrderBy(member => member.Key).Select(member => $"'x{member.Key}':{member.Value}"))}}}";
        },
        iter: 1000);

    [Fact]
    public void A_writer_that_holds_something_already_keeps_it()
    {
        using var writer = ValueWriter.Rent();
        writer.WriteNull();
        Request().Update("SET a = :one").Apply(PlainJson.Encode("{'b':[2]}"), default, writer);
        Assert.Equal("{'a':1,'b':[2]}", PlainJson.Decode(writer.Written[1..]));
    }

    private static ExpressionRequest Request() => ExpressionRequest.With(
        ":one=1", ":s='s'", ":l=[1,'s']", ":e=[]", ":ss={'$SS':['x','y']}", ":ns={'$NS':[1,2]}", "#m=m", "#d=d.d");
}
