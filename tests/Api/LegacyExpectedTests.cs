using Xunit;

namespace Storage.Tests.Api;

/// <summary>Expected of PutItem, UpdateItem and DeleteItem.</summary>
public sealed class LegacyExpectedTests : LegacyTest
{
    private const string Invalid = "One or more parameter values were invalid: ";

    private const string Item =
        "'n':{'N':'5'},'s':{'S':'hello'},'b':{'B':'AQID'},'ss':{'SS':['x','y']},'ns':{'NS':['1','2']},"
        + "'l':{'L':[{'S':'x'},{'N':'1'},{'NULL':true}]},'m':{'M':{'k':{'S':'v'}}},'t':{'BOOL':true},'z':{'NULL':true}";

    [Theory]
    [InlineData("'n':{'Value':{'N':'5.0'}}", true)]
    [InlineData("'n':{'Value':{'S':'5'}}", false)]
    [InlineData("'n':{'Value':{'N':'5'},'Exists':true}", true)]
    [InlineData("'none':{'Value':{'N':'5'}}", false)]
    [InlineData("'none':{'Exists':false}", true)]
    [InlineData("'n':{'Exists':false}", false)]
    [InlineData("'pk':{'Value':{'S':'a'}}", true)]
    [InlineData("'ss':{'Value':{'SS':['y','x']}}", true)]
    [InlineData("'z':{'Value':{'NULL':true}}", true)]
    [InlineData("'none':{'Value':{'NULL':true}}", false)]
    public async Task A_value_must_be_equal_and_Exists_false_absent(string expected, bool holds)
    {
        await PutAsync(Item);
        Assert.Equal(holds, await HoldsAsync(expected));
    }

    [Theory]
    [InlineData("n", "EQ", "{'N':'5'}", true)]
    [InlineData("n", "EQ", "{'N':'6'}", false)]
    [InlineData("none", "EQ", "{'N':'5'}", false)]
    [InlineData("z", "EQ", "{'NULL':true}", true)]
    [InlineData("m", "EQ", "{'M':{'k':{'S':'v'}}}", true)]
    [InlineData("l", "EQ", "{'L':[]}", false)]
    [InlineData("n", "NE", "{'N':'5'}", false)]
    [InlineData("n", "NE", "{'S':'5'}", true)]
    [InlineData("none", "NE", "{'N':'5'}", true)]
    [InlineData("n", "LE", "{'N':'5'}", true)]
    [InlineData("n", "LT", "{'N':'5'}", false)]
    [InlineData("n", "LT", "{'N':'10'}", true)]
    [InlineData("n", "GE", "{'N':'5'}", true)]
    [InlineData("n", "GT", "{'N':'4'}", true)]
    [InlineData("s", "GT", "{'N':'4'}", false)]
    [InlineData("none", "LT", "{'N':'5'}", false)]
    [InlineData("n", "BETWEEN", "{'N':'5'},{'N':'5'}", true)]
    [InlineData("n", "BETWEEN", "{'N':'6'},{'N':'7'}", false)]
    [InlineData("b", "BETWEEN", "{'B':'AQ=='},{'B':'/w=='}", true)]
    [InlineData("n", "IN", "{'N':'4'},{'N':'5'}", true)]
    [InlineData("n", "IN", "{'N':'4'}", false)]
    [InlineData("s", "BEGINS_WITH", "{'S':'he'}", true)]
    [InlineData("s", "BEGINS_WITH", "{'S':'lo'}", false)]
    [InlineData("b", "BEGINS_WITH", "{'B':'AQ=='}", true)]
    [InlineData("ss", "BEGINS_WITH", "{'S':'x'}", false)]
    [InlineData("s", "CONTAINS", "{'S':'ell'}", true)]
    [InlineData("s", "CONTAINS", "{'N':'1'}", false)]
    [InlineData("ss", "CONTAINS", "{'S':'x'}", true)]
    [InlineData("ns", "CONTAINS", "{'N':'2.0'}", true)]
    [InlineData("l", "CONTAINS", "{'NULL':true}", true)]
    [InlineData("l", "CONTAINS", "{'S':'y'}", false)]
    [InlineData("none", "CONTAINS", "{'S':'y'}", false)]
    [InlineData("s", "NOT_CONTAINS", "{'S':'ell'}", false)]
    [InlineData("ss", "NOT_CONTAINS", "{'S':'z'}", true)]
    [InlineData("l", "NOT_CONTAINS", "{'BOOL':true}", true)]
    [InlineData("n", "NOT_NULL", "", true)]
    [InlineData("z", "NOT_NULL", "", true)]
    [InlineData("none", "NOT_NULL", "", false)]
    [InlineData("none", "NULL", "", true)]
    [InlineData("z", "NULL", "", false)]
    public async Task Every_operator_compares_as_documented(string name, string comparison, string values, bool holds)
    {
        await PutAsync(Item);
        Assert.Equal(holds, await HoldsAsync($"'{name}':{{'ComparisonOperator':'{comparison}','AttributeValueList':[{values}]}}"));
    }

    [Fact]
    public async Task An_operator_may_stand_with_Value()
    {
        await PutAsync(Item);
        Assert.True(await HoldsAsync("'n':{'ComparisonOperator':'GT','Value':{'N':'4'}}"));
    }

    [Fact]
    public async Task NULL_needs_no_list()
    {
        await PutAsync(Item);
        Assert.True(await HoldsAsync("'none':{'ComparisonOperator':'NULL'}"));
    }

    [Theory]
    [InlineData(null, "5", "x", false)]
    [InlineData("AND", "5", "hello", true)]
    [InlineData("OR", "5", "x", true)]
    [InlineData("OR", "6", "x", false)]
    public async Task Conditions_are_joined_by_AND_unless_OR_is_asked_for(string? join, string n, string s, bool holds)
    {
        await PutAsync(Item);
        Assert.Equal(holds, await HoldsAsync($"'n':{{'Value':{{'N':'{n}'}}}},'s':{{'Value':{{'S':'{s}'}}}}", join));
    }

    [Fact]
    public async Task No_condition_at_all_always_holds() => Assert.True(await HoldsAsync(string.Empty));

    [Fact]
    public async Task More_conditions_than_an_expression_may_have_operators_are_taken() => Assert.True(
        await HoldsAsync(string.Join(',', Enumerable.Range(0, 400).Select(i => $"'attribute{i}':{{'Exists':false}}"))));

    /// <summary>A limit of ours.</summary>
    [Fact]
    public Task More_than_a_thousand_conditions_are_refused() => InvalidAsync(
        "PutItem",
        $"{{'TableName':'Simple','Item':{{'pk':{{'S':'a'}}}},'Expected':{{{string.Join(',', Enumerable.Range(0, 1001).Select(i => $"'x{i}':{{'Exists':false}}"))}}}}}",
        Invalid + "Number of conditions exceeds the maximum of 1000");

    [Fact]
    public async Task An_attribute_may_have_a_reserved_or_strange_name() =>
        Assert.True(await HoldsAsync("'select':{'Exists':false},'a.b[0] #:':{'Exists':false}"));

    [Fact]
    public async Task PutItem_and_DeleteItem_take_it_too()
    {
        await PutAsync("'n':{'N':'1'}");
        const string Refused = "ConditionalCheckFailedException: The conditional request failed";
        Assert.Equal(Refused, await SendAsync(
            "PutItem", "{'TableName':'Simple','Item':{'pk':{'S':'a'}},'Expected':{'n':{'Exists':false}}}"));
        Assert.Equal(Refused, await SendAsync(
            "DeleteItem", "{'TableName':'Simple','Key':{'pk':{'S':'a'}},'Expected':{'n':{'Value':{'N':'2'}}}}"));
        Assert.Equal("{}", await SendAsync(
            "DeleteItem", "{'TableName':'Simple','Key':{'pk':{'S':'a'}},'Expected':{'n':{'Value':{'N':'1'}}}}"));
        Assert.Equal("{}", await SendAsync(
            "PutItem", "{'TableName':'Simple','Item':{'pk':{'S':'a'}},'Expected':{'n':{'Exists':false}}}"));
    }

    [Theory]
    [InlineData("'Value':{'N':'1'},'AttributeValueList':[{'N':'1'}]", "Value and AttributeValueList cannot be used together for Attribute: x")]
    [InlineData("'Exists':true,'ComparisonOperator':'NULL'", "Exists and ComparisonOperator cannot be used together for Attribute: x")]
    [InlineData("'ComparisonOperator':'GT'", "Value or AttributeValueList must be used with ComparisonOperator: GT for Attribute: x")]
    [InlineData("'AttributeValueList':[{'N':'1'}]", "AttributeValueList can only be used with a ComparisonOperator for Attribute: x")]
    [InlineData("", "Value must be provided when Exists is null for Attribute: x")]
    [InlineData("'Exists':true", "Value must be provided when Exists is true for Attribute: x")]
    [InlineData("'Exists':false,'Value':{'N':'1'}", "Value cannot be used when Exists is false for Attribute: x")]
    public Task Parts_that_do_not_go_together_are_refused(string parts, string text) =>
        InvalidAsync("PutItem", $"{{'TableName':'Simple','Item':{{'pk':{{'S':'a'}}}},'Expected':{{'x':{{{parts}}}}}}}", Invalid + text);

    [Theory]
    [InlineData("EQ", "")]
    [InlineData("EQ", "{'N':'1'},{'N':'2'}")]
    [InlineData("NULL", "{'N':'1'}")]
    [InlineData("NOT_NULL", "{'N':'1'}")]
    [InlineData("BETWEEN", "{'N':'1'}")]
    [InlineData("IN", "")]
    public Task A_wrong_number_of_values_is_refused(string comparison, string values) => InvalidAsync(
        "PutItem",
        $"{{'TableName':'Simple','Item':{{'pk':{{'S':'a'}}}},'Expected':{{'x':{{'ComparisonOperator':'{comparison}','AttributeValueList':[{values}]}}}}}}",
        $"{Invalid}Invalid number of argument(s) for the {comparison} ComparisonOperator");

    [Theory]
    [InlineData("LT", "SS", "['a']")]
    [InlineData("GE", "BOOL", "true")]
    [InlineData("BEGINS_WITH", "N", "'1'")]
    [InlineData("CONTAINS", "SS", "['a']")]
    [InlineData("NOT_CONTAINS", "L", "[]")]
    [InlineData("IN", "M", "{}")]
    public Task A_type_that_an_operator_does_not_take_is_refused(string comparison, string type, string value) => InvalidAsync(
        "PutItem",
        $"{{'TableName':'Simple','Item':{{'pk':{{'S':'a'}}}},'Expected':{{'x':{{'ComparisonOperator':'{comparison}','AttributeValueList':[{{'{type}':{value}}}]}}}}}}",
        $"{Invalid}ComparisonOperator {comparison} is not valid for {type} AttributeValue type");

    [Theory]
    [InlineData("'IN','AttributeValueList':[{'N':'1'},{'S':'1'}]", Invalid + "AttributeValues inside AttributeValueList must be of same type")]
    [InlineData("'BETWEEN','AttributeValueList':[{'N':'10'},{'N':'9'}]", "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound")]
    [InlineData("'LIKE'", "1 validation error detected: Value 'LIKE' at 'expected.x.member.comparisonOperator' failed to satisfy constraint: Member must satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]")]
    [InlineData("'0'", "1 validation error detected: Value '0' at 'expected.x.member.comparisonOperator' failed to satisfy constraint: Member must satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]")]
    public Task A_comparison_that_cannot_be_is_refused(string comparison, string text) => InvalidAsync(
        "PutItem",
        $"{{'TableName':'Simple','Item':{{'pk':{{'S':'a'}}}},'Expected':{{'x':{{'ComparisonOperator':{comparison}}}}}}}",
        text);

    [Theory]
    [InlineData("'ConditionalOperator':'OR'", "ConditionalOperator cannot be used without Filter or Expected")]
    [InlineData("'ConditionalOperator':'OR','Expected':{}", "ConditionalOperator cannot be used without Filter or Expected")]
    [InlineData("'ConditionalOperator':'OR','Expected':{'x':{'Exists':false}}", "ConditionalOperator can only be used when Filter or Expected has two or more elements")]
    [InlineData("'ConditionalOperator':'XOR'", "1 validation error detected: Value 'XOR' at 'conditionalOperator' failed to satisfy constraint: Member must satisfy enum value set: [OR, AND]")]
    public Task ConditionalOperator_needs_conditions_to_join(string members, string text) =>
        InvalidAsync("PutItem", $"{{'TableName':'Simple','Item':{{'pk':{{'S':'a'}}}},{members}}}", text);

    [Theory]
    [InlineData("PutItem", "'Item'", "'ConditionExpression':'attribute_exists(pk)','Expected':{}", "{Expected}", "{ConditionExpression}")]
    [InlineData("DeleteItem", "'Key'", "'ConditionExpression':'attribute_exists(pk)','ConditionalOperator':'OR','Expected':{}", "{Expected, ConditionalOperator}", "{ConditionExpression}")]
    [InlineData("UpdateItem", "'Key'", "'ConditionExpression':'attribute_exists(pk)','UpdateExpression':'REMOVE x','AttributeUpdates':{},'Expected':{}", "{AttributeUpdates, Expected}", "{UpdateExpression, ConditionExpression}")]
    public Task Both_forms_in_one_write_are_refused(string operation, string item, string members, string legacy, string expressions) => InvalidAsync(
        operation,
        $"{{'TableName':'Simple',{item}:{{'pk':{{'S':'a'}}}},{members}}}",
        "Can not use both expression and non-expression parameters in the same request: "
            + $"Non-expression parameters: {legacy} Expression parameters: {expressions}");

    [Fact]
    public async Task A_legacy_member_that_is_null_is_absent() => Assert.Equal("{}", await SendAsync(
        "PutItem",
        "{'TableName':'Simple','Item':{'pk':{'S':'a'}},'Expected':null,'ConditionExpression':'attribute_not_exists(pk)'}"));

    [Fact]
    public async Task A_wrong_JSON_type_is_a_SerializationException() => Assert.StartsWith(
        "SerializationException: ",
        await SendAsync("PutItem", "{'TableName':'Simple','Item':{'pk':{'S':'a'}},'Expected':[]}"),
        StringComparison.Ordinal);
}
