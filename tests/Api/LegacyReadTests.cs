using Xunit;

namespace Storage.Tests.Api;

/// <summary>AttributesToGet, KeyConditions, QueryFilter and ScanFilter.</summary>
public sealed class LegacyReadTests : LegacyTest
{
    private const string Invalid = "One or more parameter values were invalid: ";
    private const string Mixed = "Can not use both expression and non-expression parameters in the same request: ";

    [Theory]
    [InlineData("'n'", "{'Item':{'n':{'N':'1'}}}")]
    [InlineData("'x','n'", "{'Item':{'n':{'N':'1'},'x':{'M':{'y':{'N':'2'}}}}}")]
    [InlineData("'x.y'", "{'Item':{}}")]
    [InlineData("'none'", "{'Item':{}}")]
    public async Task GetItem_shows_AttributesToGet(string names, string answer)
    {
        await PutAsync("'n':{'N':'1'},'x':{'M':{'y':{'N':'2'}}}");
        Assert.Equal(answer, await SendAsync("GetItem", $"{{'TableName':'Simple','Key':{{'pk':{{'S':'a'}}}},'AttributesToGet':[{names}]}}"));
    }

    [Theory]
    [InlineData("GetItem", "'Key':{'pk':{'S':'a'}},'AttributesToGet':['a','b','a']", Invalid + "Duplicate value in attribute name: a")]
    [InlineData("GetItem", "'Key':{'pk':{'S':'a'}},'AttributesToGet':[]", "1 validation error detected: Value at 'AttributesToGet' failed to satisfy constraint: Member must have length greater than or equal to 1")]
    [InlineData("GetItem", "'Key':{'pk':{'S':'a'}},'AttributesToGet':['a'],'ProjectionExpression':'b'", Mixed + "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}")]
    [InlineData("Scan", "'AttributesToGet':['a','a']", Invalid + "Duplicate value in attribute name: a")]
    [InlineData("Scan", "'AttributesToGet':['a'],'Select':'COUNT'", Invalid + "Cannot specify the AttributesToGet when choosing to get only the Count")]
    [InlineData("Scan", "'AttributesToGet':['a'],'ScanFilter':{},'FilterExpression':'a = b'", Mixed + "Non-expression parameters: {AttributesToGet, ScanFilter} Expression parameters: {FilterExpression}")]
    [InlineData("Scan", "'ScanFilter':{'a':{}}", "1 validation error detected: Value null at 'scanFilter.a.member.comparisonOperator' failed to satisfy constraint: Member must not be null")]
    [InlineData("Scan", "'ScanFilter':{'a':{'ComparisonOperator':'EQ'}}", Invalid + "Invalid number of argument(s) for the EQ ComparisonOperator")]
    [InlineData("Scan", "'ConditionalOperator':'OR'", "ConditionalOperator cannot be used without Filter or Expected")]
    public Task A_read_that_cannot_be_is_refused(string operation, string members, string text) =>
        InvalidAsync(operation, $"{{'TableName':'Simple',{members}}}", text);

    /// <summary>A limit of ours.</summary>
    [Fact]
    public Task More_than_5000_attributes_are_refused() => InvalidAsync(
        "Scan",
        $"{{'TableName':'Simple','AttributesToGet':[{string.Join(',', Enumerable.Range(0, 5001).Select(i => $"'x{i}'"))}]}}",
        Invalid + "Number of attribute names exceeds the maximum of 5000");

    [Fact]
    public async Task BatchGetItem_shows_AttributesToGet()
    {
        await PutAsync("'n':{'N':'1'},'x':{'N':'2'}");
        Assert.Equal(
            "{'Responses':{'Simple':[{'n':{'N':'1'}}]},'UnprocessedKeys':{}}",
            await SendAsync("BatchGetItem", "{'RequestItems':{'Simple':{'Keys':[{'pk':{'S':'a'}}],'AttributesToGet':['n']}}}"));
    }

    [Theory]
    [InlineData("'AttributesToGet':['n','n']", Invalid + "Duplicate value in attribute name: n")]
    [InlineData("'AttributesToGet':['n'],'ProjectionExpression':'n'", Mixed + "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}")]
    public Task BatchGetItem_checks_AttributesToGet(string members, string text) =>
        InvalidAsync("BatchGetItem", $"{{'RequestItems':{{'Simple':{{'Keys':[{{'pk':{{'S':'a'}}}}],{members}}}}}}}", text);

    /// <summary>An answer is cut at 16 MB; the keys beyond must ask for the same attributes.</summary>
    [Fact]
    public async Task BatchGetItem_repeats_AttributesToGet_with_unprocessed_keys()
    {
        var filler = new string('x', 400_000);
        for (var i = 0; i < 42; i++)
        {
            await SendAsync("PutItem", $"{{'TableName':'Simple','Item':{{'pk':{{'S':'{i}'}},'f':{{'S':'{filler}'}}}}}}");
        }

        var keys = string.Join(',', Enumerable.Range(0, 42).Select(i => $"{{'pk':{{'S':'{i}'}}}}"));
        var answer = await SendAsync("BatchGetItem", $"{{'RequestItems':{{'Simple':{{'Keys':[{keys}],'AttributesToGet':['pk']}}}}}}");
        Assert.EndsWith("'UnprocessedKeys':{'Simple':{'Keys':[{'pk':{'S':'41'}}],'AttributesToGet':['pk']}}}", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'EQ','AttributeValueList':[{'N':'2'}]", "2")]
    [InlineData("'LE','AttributeValueList':[{'N':'2'}]", "1,2")]
    [InlineData("'LT','AttributeValueList':[{'N':'2'}]", "1")]
    [InlineData("'GE','AttributeValueList':[{'N':'2'}]", "2,3")]
    [InlineData("'GT','AttributeValueList':[{'N':'2'}]", "3")]
    [InlineData("'BETWEEN','AttributeValueList':[{'N':'2'},{'N':'3'}]", "2,3")]
    public async Task Query_compares_the_sort_key(string comparison, string found)
    {
        await PutPairsAsync();
        Assert.Equal(found, await QueryAsync($",'sk':{{'ComparisonOperator':{comparison}}}"));
    }

    [Fact]
    public async Task Query_takes_the_partition_key_alone()
    {
        await PutPairsAsync();
        Assert.Equal("1,2,3", await QueryAsync());
        Assert.Equal("3,2,1", await QueryAsync(members: ",'ScanIndexForward':false"));
    }

    [Theory]
    [InlineData(",'QueryFilter':{'v':{'ComparisonOperator':'EQ','AttributeValueList':[{'N':'20'}]}}", "2")]
    [InlineData(",'QueryFilter':{}", "1,2,3")]
    [InlineData(",'QueryFilter':{'v':{'ComparisonOperator':'GT','AttributeValueList':[{'N':'10'}]},'lsk':{'ComparisonOperator':'EQ','AttributeValueList':[{'N':'7'}]}}", "3")]
    [InlineData(",'ConditionalOperator':'OR','QueryFilter':{'v':{'ComparisonOperator':'EQ','AttributeValueList':[{'N':'10'}]},'lsk':{'ComparisonOperator':'EQ','AttributeValueList':[{'N':'7'}]}}", "1,3")]
    [InlineData(",'FilterExpression':'v = :0','ExpressionAttributeValues':{':0':{'N':'20'}}", "2")]
    public async Task Query_filters(string members, string found)
    {
        await PutPairsAsync();
        Assert.Equal(found, await QueryAsync(members: members));
    }

    [Fact]
    public async Task Query_of_a_local_index_fetches_attributes_and_filters_by_what_it_does_not_hold()
    {
        await PutPairsAsync();
        Assert.Equal("3", await QueryAsync(
            ",'lsk':{'ComparisonOperator':'EQ','AttributeValueList':[{'N':'7'}]}",
            ",'IndexName':'byL','AttributesToGet':['sk','v'],'QueryFilter':{'v':{'ComparisonOperator':'NOT_NULL'}}"));
    }

    [Theory]
    [InlineData("", "Conditions can be of length 1 or 2 only")]
    [InlineData("'pk':{'ComparisonOperator':'EQ','AttributeValueList':[{'S':'p'}]},'sk':{'ComparisonOperator':'NE','AttributeValueList':[{'N':'1'}]}", "Attempted conditional constraint is not an indexable operation")]
    [InlineData("'pk':{'ComparisonOperator':'GT','AttributeValueList':[{'S':'p'}]}", "Query key condition not supported")]
    [InlineData("'sk':{'ComparisonOperator':'EQ','AttributeValueList':[{'N':'1'}]}", "Query condition missed key schema element: pk")]
    [InlineData("'pk':{'ComparisonOperator':'EQ','AttributeValueList':[{'S':'p'}]},'v':{'ComparisonOperator':'EQ','AttributeValueList':[{'N':'1'}]}", "Query condition missed key schema element: sk")]
    [InlineData("'pk':{'ComparisonOperator':'EQ','AttributeValueList':[{'N':'1'}]}", Invalid + "Condition parameter type does not match schema type")]
    [InlineData("'pk':{'ComparisonOperator':'EQ','AttributeValueList':[{'S':'p'}]},'a':{'ComparisonOperator':'NULL'},'b':{'ComparisonOperator':'NULL'}", "Attempted conditional constraint is not an indexable operation")]
    [InlineData("'pk':{'ComparisonOperator':'EQ','AttributeValueList':[]}", Invalid + "Invalid number of argument(s) for the EQ ComparisonOperator")]
    public Task Key_conditions_that_no_key_has_are_refused(string conditions, string text) =>
        InvalidAsync("Query", $"{{'TableName':'Pairs','KeyConditions':{{{conditions}}}}}", text);

    [Theory]
    [InlineData("'QueryFilter':{'sk':{'ComparisonOperator':'NULL'}}", "QueryFilter can only contain non-primary key attributes: Primary key attribute: sk")]
    [InlineData("'QueryFilter':{'v':{'ComparisonOperator':'NULL'}},'FilterExpression':'a = b'", Mixed + "Non-expression parameters: {QueryFilter} Expression parameters: {FilterExpression}")]
    [InlineData("'KeyConditionExpression':'pk = :p'", Mixed + "Non-expression parameters: {KeyConditions} Expression parameters: {KeyConditionExpression}")]
    [InlineData("'ExpressionAttributeValues':{':p':{'S':'p'}}", "ExpressionAttributeValues can only be specified when using expressions: FilterExpression and KeyConditionExpression are null")]
    public Task A_query_that_cannot_be_is_refused(string members, string text) => InvalidAsync(
        "Query",
        $"{{'TableName':'Pairs','KeyConditions':{{'pk':{{'ComparisonOperator':'EQ','AttributeValueList':[{{'S':'p'}}]}}}},{members}}}",
        text);

    [Fact]
    public Task A_query_without_any_key_condition_is_refused() => InvalidAsync(
        "Query",
        "{'TableName':'Pairs','QueryFilter':{}}",
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");

    [Fact]
    public async Task Scan_filters_and_counts()
    {
        await PutPairsAsync();
        Assert.Equal("{'Count':2,'ScannedCount':3}", await SendAsync(
            "Scan",
            "{'TableName':'Pairs','Select':'COUNT','ScanFilter':{'sk':{'ComparisonOperator':'GE','AttributeValueList':[{'N':'2'}]}}}"));
    }

    /// <summary>"legacy parameters" that belong to another operation are members it does not know.</summary>
    [Fact]
    public async Task A_legacy_member_of_another_operation_is_passed_over() =>
        Assert.Equal("{}", await SendAsync("GetItem", "{'TableName':'Simple','Key':{'pk':{'S':'a'}},'ScanFilter':{'a':1}}"));

    private async Task PutPairsAsync()
    {
        for (var i = 1; i <= 3; i++)
        {
            var lsk = i == 3 ? 7 : i;
            await SendAsync(
                "PutItem",
                $"{{'TableName':'Pairs','Item':{{'pk':{{'S':'p'}},'sk':{{'N':'{i}'}},'lsk':{{'N':'{lsk}'}},'v':{{'N':'{i}0'}}}}}}");
        }
    }

    /// <summary>The sort keys that a Query finds, after its condition on the partition key.</summary>
    private async Task<string> QueryAsync(string conditions = "", string members = "")
    {
        var answer = await SendAsync(
            "Query",
            $"{{'TableName':'Pairs','KeyConditions':{{'pk':{{'ComparisonOperator':'EQ','AttributeValueList':[{{'S':'p'}}]}}{conditions}}}{members}}}");
        Assert.StartsWith("{'Items':", answer, StringComparison.Ordinal);
        return string.Join(',', answer.Split("'sk':{'N':'").Skip(1).Select(rest => rest[..rest.IndexOf('\'', StringComparison.Ordinal)]));
    }
}
