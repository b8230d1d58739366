using Xunit;

namespace Storage.Tests.Api;

/// <summary>AttributeUpdates of UpdateItem.</summary>
public sealed class LegacyAttributeUpdatesTests : LegacyTest
{
    private const string Invalid = "One or more parameter values were invalid: ";

    [Theory]
    [InlineData("'n':{'N':'1'}", "'n':{'Value':{'S':'x'}}", "'n':{'S':'x'}")]
    [InlineData("", "'n':{'Action':'PUT','Value':{'N':'2'}}", "'n':{'N':'2'}")]
    [InlineData("'n':{'N':'1'}", "'n':{'Action':'ADD','Value':{'N':'2.5'}}", "'n':{'N':'3.5'}")]
    [InlineData("", "'n':{'Action':'ADD','Value':{'N':'2'}}", "'n':{'N':'2'}")]
    [InlineData("'s':{'SS':['a']}", "'s':{'Action':'ADD','Value':{'SS':['b','a']}}", "'s':{'SS':['a','b']}")]
    [InlineData("", "'s':{'Action':'ADD','Value':{'NS':['1']}}", "'s':{'NS':['1']}")]
    [InlineData("'l':{'L':[{'N':'1'}]}", "'l':{'Action':'ADD','Value':{'L':[{'S':'x'}]}}", "'l':{'L':[{'N':'1'},{'S':'x'}]}")]
    [InlineData("", "'l':{'Action':'ADD','Value':{'L':[{'S':'x'}]}}", "'l':{'L':[{'S':'x'}]}")]
    [InlineData("'n':{'N':'1'},'x':{'N':'2'}", "'n':{'Action':'DELETE'}", "'x':{'N':'2'}")]
    [InlineData("'s':{'SS':['a','b','c']}", "'s':{'Action':'DELETE','Value':{'SS':['a','c','d']}}", "'s':{'SS':['b']}")]
    [InlineData("'s':{'SS':['a']},'x':{'N':'2'}", "'s':{'Action':'DELETE','Value':{'SS':['a']}}", "'x':{'N':'2'}")]
    [InlineData("'x':{'N':'2'}", "'s':{'Action':'DELETE','Value':{'SS':['a']}}", "'x':{'N':'2'}")]
    [InlineData("'x':{'N':'2'}", "", "'x':{'N':'2'}")]
    public async Task Actions_change_attributes(string before, string updates, string after)
    {
        await PutAsync(before);
        Assert.Equal("{}", await UpdateAsync($"'AttributeUpdates':{{{updates}}}"));
        Assert.Equal(after, await GetAsync());
    }

    /// <summary>"If no item with the specified Key is found".</summary>
    [Theory]
    [InlineData("'n':{'Value':{'N':'1'}}", "'n':{'N':'1'}")]
    [InlineData("'n':{'Action':'ADD','Value':{'N':'1'}},'x':{'Action':'DELETE'}", "'n':{'N':'1'}")]
    [InlineData("'n':{'Action':'DELETE'}", null)]
    [InlineData("'n':{'Action':'DELETE','Value':{'SS':['a']}}", null)]
    [InlineData("", "")]
    public async Task An_absent_item_is_made_unless_all_is_deletion(string updates, string? after)
    {
        Assert.Equal("{}", await UpdateAsync($"'AttributeUpdates':{{{updates}}},'ReturnValues':'UPDATED_OLD'"));
        Assert.Equal(after, await GetAsync());
    }

    [Fact]
    public async Task ReturnValues_show_the_updated_attributes()
    {
        await PutAsync("'n':{'N':'1'},'x':{'N':'9'}");
        const string Updates = "'AttributeUpdates':{'n':{'Action':'ADD','Value':{'N':'1'}}}";
        Assert.Equal("{'Attributes':{'n':{'N':'1'}}}", await UpdateAsync(Updates + ",'ReturnValues':'UPDATED_OLD'"));
        Assert.Equal("{'Attributes':{'n':{'N':'3'}}}", await UpdateAsync(Updates + ",'ReturnValues':'UPDATED_NEW'"));
    }

    [Fact]
    public async Task An_update_is_made_only_when_Expected_holds()
    {
        await PutAsync("'n':{'N':'1'}");
        Assert.Equal("ConditionalCheckFailedException: The conditional request failed", await UpdateAsync(
            "'AttributeUpdates':{'n':{'Value':{'N':'2'}}},'Expected':{'n':{'Value':{'N':'7'}}}"));
        Assert.Equal("{}", await UpdateAsync(
            "'AttributeUpdates':{'n':{'Value':{'N':'2'}}},'Expected':{'n':{'Value':{'N':'1'}}}"));
        Assert.Equal("'n':{'N':'2'}", await GetAsync());
    }

    /// <summary>An UpdateExpression is limited to 4,096 bytes; this form is not.</summary>
    [Fact]
    public async Task A_thousand_attributes_are_updated_at_once()
    {
        var updates = string.Join(',', Enumerable.Range(0, 1000).Select(i => $"'attribute{i}':{{'Value':{{'N':'{i}'}}}}"));
        Assert.Equal("{}", await UpdateAsync($"'AttributeUpdates':{{{updates}}}"));
        Assert.Contains("'attribute999':{'N':'999'}", await GetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_name_that_comes_twice_the_last_counts()
    {
        Assert.Equal("{}", await UpdateAsync("'AttributeUpdates':{'n':{'Value':{'N':'1'}},'n':{'Value':{'N':'2'}}}"));
        Assert.Equal("'n':{'N':'2'}", await GetAsync());
    }

    [Theory]
    [InlineData("'n':{}", Invalid + "Only DELETE action is allowed when no attribute value is specified")]
    [InlineData("'n':{'Action':'PUT'}", Invalid + "Only DELETE action is allowed when no attribute value is specified")]
    [InlineData("'n':{'Action':'ADD'}", Invalid + "Only DELETE action is allowed when no attribute value is specified")]
    [InlineData("'n':{'Action':'DELETE','Value':{'N':'1'}}", Invalid + "DELETE action with value is not supported for the type N")]
    [InlineData("'n':{'Action':'DELETE','Value':{'L':[]}}", Invalid + "DELETE action with value is not supported for the type L")]
    [InlineData("'n':{'Action':'ADD','Value':{'S':'a'}}", Invalid + "ADD action is not supported for the type S")]
    [InlineData("'n':{'Action':'ADD','Value':{'M':{}}}", Invalid + "ADD action is not supported for the type M")]
    [InlineData("'pk':{'Value':{'S':'a'}}", Invalid + "Cannot update attribute pk. This attribute is part of the key")]
    [InlineData("'n':{'Action':'MOVE'}", "1 validation error detected: Value 'MOVE' at 'attributeUpdates.n.member.action' failed to satisfy constraint: Member must satisfy enum value set: [ADD, PUT, DELETE]")]
    [InlineData("'n':{'Value':{'N':'x'}}", "The parameter cannot be converted to a numeric value: x")]
    public Task An_update_that_cannot_be_is_refused(string updates, string text) =>
        InvalidAsync("UpdateItem", $"{{'TableName':'Simple','Key':{{'pk':{{'S':'a'}}}},'AttributeUpdates':{{{updates}}}}}", text);

    [Theory]
    [InlineData("'x':{'Action':'ADD','Value':{'N':'1'}}")]
    [InlineData("'x':{'Action':'ADD','Value':{'SS':['a']}}")]
    [InlineData("'x':{'Action':'ADD','Value':{'L':[]}}")]
    [InlineData("'x':{'Action':'DELETE','Value':{'SS':['a']}}")]
    public async Task An_attribute_of_another_type_is_a_type_mismatch(string updates)
    {
        await PutAsync("'x':{'S':'text'}");
        Assert.Equal("ValidationException: Type mismatch for attribute to update", await UpdateAsync($"'AttributeUpdates':{{{updates}}}"));
        Assert.Equal("'x':{'S':'text'}", await GetAsync());
    }

    [Fact]
    public async Task An_expressions_type_mismatch_keeps_its_own_text()
    {
        await PutAsync("'x':{'S':'text'}");
        Assert.Equal("ValidationException: An operand in the update expression has an incorrect data type", await UpdateAsync(
            "'UpdateExpression':'ADD x :v','ExpressionAttributeValues':{':v':{'N':'1'}}"));
    }
}
