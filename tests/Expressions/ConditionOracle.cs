using System.Globalization;
using CsCheck;

namespace Storage.Tests.Expressions;

/// <summary>
/// Random conditions over items of small numbers and strings, evaluated a second time in the plainest way: an item is
/// a dictionary of int and string, a condition an object.
/// </summary>
internal abstract record ConditionOracle
{
    private static readonly string[] Names = ["a", "b", "c"];
    private static readonly object[] Constants = [1, 2, 3, "1", "2", "x"];
    private static readonly string[] Comparators = ["=", "<>", "<", "<=", ">", ">="];

    private static readonly Gen<string> AnyName = Gen.Int[0, Names.Length - 1].Select(index => Names[index]);

    private static readonly Gen<int> AnyConstant = Gen.Int[0, Constants.Length - 1];

    private static readonly Gen<ConditionOracle> Leaves = Gen.OneOf<ConditionOracle>(
        Gen.Select(AnyName, Gen.Int[0, Comparators.Length - 1].Select(index => Comparators[index]), AnyConstant, (name, sign, value) => (ConditionOracle)new Comparison(name, sign, value)),
        Gen.Select(AnyName, AnyConstant.Array[1, 3], (name, values) => (ConditionOracle)new In(name, values)),
        Gen.Select(AnyName, Gen.Int[0, 2], Gen.Int[0, 2], (name, one, two) => (ConditionOracle)new Between(name, Math.Min(one, two), Math.Max(one, two))),
        AnyName.Select(name => (ConditionOracle)new Exists(name)));

    private static readonly Gen<ConditionOracle> Conditions = Gen.Recursive<ConditionOracle>((depth, inner) => depth > 3
        ? Leaves
        : Gen.OneOf(
            Leaves,
            inner.Select(operand => (ConditionOracle)new Not(operand)),
            Gen.Select(inner.Array[2, 3], Gen.Bool, (operands, any) => (ConditionOracle)new Joined(operands, any))));

    internal static Gen<(ConditionOracle Condition, Dictionary<string, object> Item)> Cases => Gen.Select(
        Conditions,
        Gen.Int[-1, Constants.Length - 1].Array[Names.Length],
        (condition, values) => (condition, Names.Zip(values)
            .Where(pair => pair.Second >= 0)
            .ToDictionary(pair => pair.First, pair => Constants[pair.Second])));

    /// <summary>Every constant as a placeholder, as <see cref="ExpressionRequest.With"/> reads it.</summary>
    internal static IEnumerable<string> Values => Constants.Select((value, index) => $":v{index}={Json(value)}");

    internal static string Json(Dictionary<string, object> item) =>
        $"{{{string.Join(',', item.Select(member => $"'{member.Key}':{Json(member.Value)}"))}}}";

    internal abstract bool Holds(Dictionary<string, object> item);

    internal abstract string Text();

    private static string Json(object value) =>
        value is string text ? $"'{text}'" : ((int)value).ToString(CultureInfo.InvariantCulture);

    private static int? Order(object left, object right) => (left, right) switch
    {
        (int one, int two) => one.CompareTo(two),
        (string one, string two) => string.CompareOrdinal(one, two),
        _ => null,
    };

    private sealed record Comparison(string Name, string Sign, int Value) : ConditionOracle
    {
        internal override bool Holds(Dictionary<string, object> item)
        {
            var order = item.TryGetValue(Name, out var found) ? Order(found, Constants[Value]) : null;
            return Sign switch
            {
                "=" => order == 0,
                "<>" => order != 0,
                "<" => order < 0,
                "<=" => order <= 0,
                ">" => order > 0,
                _ => order >= 0,
            };
        }

        internal override string Text() => $"{Name} {Sign} :v{Value}";
    }

    private sealed record In(string Name, int[] ListedValues) : ConditionOracle
    {
        internal override bool Holds(Dictionary<string, object> item) =>
            item.TryGetValue(Name, out var found) && ListedValues.Any(value => found.Equals(Constants[value]));

        internal override string Text() => $"{Name} IN ({string.Join(", ", ListedValues.Select(value => $":v{value}"))})";
    }

    private sealed record Between(string Name, int Lower, int Upper) : ConditionOracle
    {
        internal override bool Holds(Dictionary<string, object> item) => item.TryGetValue(Name, out var found)
            && Order(found, Constants[Lower]) >= 0
            && Order(found, Constants[Upper]) <= 0;

        internal override string Text() => $"{Name} BETWEEN :v{Lower} AND :v{Upper}";
    }

    private sealed record Exists(string Name) : ConditionOracle
    {
        internal override bool Holds(Dictionary<string, object> item) => item.ContainsKey(Name);

        internal override string Text() => $"attribute_exists({Name})";
    }

    private sealed record Not(ConditionOracle Operand) : ConditionOracle
    {
        internal override bool Holds(Dictionary<string, object> item) => !Operand.Holds(item);

        internal override string Text() => Operand is Joined ? $"NOT ({Operand.Text()})" : $"NOT {Operand.Text()}";
    }

    private sealed record Joined(ConditionOracle[] Operands, bool Any) : ConditionOracle
    {
        internal override bool Holds(Dictionary<string, object> item) => Any
            ? Operands.Any(operand => operand.Holds(item))
            : Operands.All(operand => operand.Holds(item));

        internal override string Text() => string.Join(
            Any ? " OR " : " AND ",
            Operands.Select(operand => operand is Joined ? $"({operand.Text()})" : operand.Text()));
    }
}
