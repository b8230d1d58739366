using System.Text;
using CsCheck;
using Storage.Server.Aws;
using Storage.Server.Lambda.EventSources;
using Xunit;

namespace Storage.Layers.Tests.EventSources;

/// <summary>
/// FilterCriteria. Sources: what AWS was seen to match (records of DynamoDB streams), and the rules of EventBridge
/// patterns.
/// </summary>
public sealed class EventFilterTests
{
    private const string Record = """
        {"eventID":"1","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1",
         "dynamodb":{"ApproximateCreationDateTime":1700000000.0,"Keys":{"id":{"S":"id_value"}},
          "NewImage":{"id":{"S":"id_value"},"count":{"N":"5"},"flag":{"BOOL":true},"gone":{"NULL":true},"empty":{"S":""},
           "place":{"S":"us-1-east"},"tags":{"SS":["red","green"]},
           "list":{"L":[{"S":"x"},{"N":"2"}]},"map":{"M":{"inner":{"S":"deep"}}}},
          "SequenceNumber":"100000000000000000010000000000","SizeBytes":70,"StreamViewType":"NEW_AND_OLD_IMAGES"},
         "eventSourceARN":"arn:aws:dynamodb:us-east-1:123456789012:table/T/stream/2025"}
        """;

    [Theory]
    [InlineData("""{"eventName":["INSERT"],"eventSource":["aws:dynamodb"]}""", true)] // content_multiple_filters, recorded
    [InlineData("""{"eventName":["INSERT"],"eventSource":["aws:sqs"]}""", false)]
    [InlineData("""{"eventName":["MODIFY","INSERT"]}""", true)]
    [InlineData("""{"eventSourceARN":[{"prefix":"arn:aws:dynamodb:us-east-1"}]}""", true)]
    [InlineData("""{"dynamodb":{"StreamViewType":["NEW_AND_OLD_IMAGES"]}}""", true)]
    public void A_filter_sees_the_complete_record(string pattern, bool expected) => Assert.Equal(expected, Matches(pattern));

    [Theory]
    [InlineData("""{"dynamodb":{"NewImage":{"count":{"N":[{"numeric":["=",5]}]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"count":{"N":[{"numeric":[">",0]}]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"count":{"N":[5]}}}}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"count":{"N":["5"]}}}}""", true)]
    public void Numeric_never_matches_an_attribute_because_its_N_is_a_string(string pattern, bool expected) =>
        Assert.Equal(expected, Matches(pattern));

    [Theory]
    [InlineData("""["=",1700000000]""", true)]
    [InlineData("""["=",1700000001]""", false)]
    [InlineData("""[">",1699999999]""", true)]
    [InlineData("""[">",1700000000]""", false)]
    [InlineData("""[">=",1700000000]""", true)]
    [InlineData("""["<",1700000000]""", false)]
    [InlineData("""["<=",1700000000]""", true)]
    [InlineData("""[">",1699999999,"<=",1700000000]""", true)]
    [InlineData("""[">=",1600000000,"<",1700000000]""", false)]
    public void Numeric_matches_ApproximateCreationDateTime_because_it_is_a_number(string comparison, bool expected) =>
        Assert.Equal(expected, Matches($$$$"""{"dynamodb":{"ApproximateCreationDateTime":[{"numeric":{{{{comparison}}}}}]}}"""));

    [Theory]
    [InlineData("""{"S":[{"prefix":"us-1"}]}""", true)]
    [InlineData("""{"S":[{"prefix":"us-2"}]}""", false)]
    [InlineData("""[{"prefix":"us-1"}]""", false)] // without the type there is no leaf
    [InlineData("""{"S":[{"suffix":"-east"}]}""", true)]
    [InlineData("""{"S":[{"suffix":"-west"}]}""", false)]
    [InlineData("""{"S":[{"prefix":{"equals-ignore-case":"US-1"}}]}""", true)]
    [InlineData("""{"S":[{"suffix":{"equals-ignore-case":"EAST"}}]}""", true)]
    [InlineData("""{"S":[{"equals-ignore-case":"US-1-EAST"}]}""", true)]
    [InlineData("""{"S":[{"equals-ignore-case":"US-1"}]}""", false)]
    [InlineData("""{"S":["us-1"]}""", false)]
    public void String_operators_go_on_the_typed_leaf(string rule, bool expected) =>
        Assert.Equal(expected, Matches($$$$"""{"dynamodb":{"NewImage":{"place":{{{{rule}}}}}}}"""));

    [Theory]
    [InlineData("""[{"anything-but":"us"}]""", true)]
    [InlineData("""[{"anything-but":["us","us-1-east"]}]""", false)]
    [InlineData("""[{"anything-but":[1,2]}]""", true)]
    [InlineData("""[{"anything-but":{"prefix":"us-1"}}]""", false)]
    [InlineData("""[{"anything-but":{"prefix":"eu"}}]""", true)]
    [InlineData("""[{"anything-but":{"prefix":["eu","us"]}}]""", false)]
    [InlineData("""[{"anything-but":{"suffix":"-east"}}]""", false)]
    [InlineData("""[{"anything-but":{"equals-ignore-case":["US-1-EAST"]}}]""", false)]
    public void Anything_but_matches_what_is_not_named(string rule, bool expected) =>
        Assert.Equal(expected, Matches("""{"dynamodb":{"NewImage":{"place":{"S":RULE}}}}""".Replace("RULE", rule, StringComparison.Ordinal)));

    [Fact]
    public void Anything_but_does_not_match_what_is_not_there() =>
        Assert.False(Matches("""{"dynamodb":{"NewImage":{"missing":{"S":[{"anything-but":"x"}]}}}}"""));

    [Theory]
    [InlineData("""{"missing":{"S":[{"exists":false}]}}""", true)]
    [InlineData("""{"missing":[{"exists":false}]}""", true)]
    [InlineData("""{"missing":{"S":[{"exists":true}]}}""", false)]
    [InlineData("""{"id":{"S":[{"exists":true}]}}""", true)]
    [InlineData("""{"id":{"S":[{"exists":false}]}}""", false)]
    [InlineData("""{"id":[{"exists":true}]}""", false)] // only leaves exist
    [InlineData("""{"missing":{"S":["x",{"exists":false}]}}""", true)]
    [InlineData("""{"list":{"L":{"S":[{"exists":false}]}}}""", true)] // the element {"N":"2"} has none
    [InlineData("""{"list":{"L":{"BOOL":[{"exists":true}]}}}""", false)]
    public void Exists_is_about_leaves_and_works_on_a_missing_attribute(string pattern, bool expected) =>
        Assert.Equal(expected, Matches($$$$"""{"dynamodb":{"NewImage":{{{{pattern}}}}}}"""));

    [Fact]
    public void Exists_false_holds_where_a_whole_image_is_missing() =>
        Assert.True(Matches("""{"dynamodb":{"OldImage":{"id":{"S":[{"exists":false}]}}}}"""));

    [Theory]
    [InlineData("""{"flag":{"BOOL":[true]}}""", true)]
    [InlineData("""{"flag":{"BOOL":[false]}}""", false)]
    [InlineData("""{"gone":{"NULL":[true]}}""", true)]
    [InlineData("""{"empty":{"S":[""]}}""", true)]
    [InlineData("""{"id":{"S":[null]}}""", false)]
    [InlineData("""{"tags":{"SS":["green"]}}""", true)]
    [InlineData("""{"tags":{"SS":["blue"]}}""", false)]
    [InlineData("""{"list":{"L":{"S":["x"]}}}""", true)]
    [InlineData("""{"list":{"L":{"S":["x"],"N":["2"]}}}""", false)] // not in one element
    [InlineData("""{"map":{"M":{"inner":{"S":["deep"]}}}}""", true)]
    [InlineData("""{"id":{"S":["id_value"]},"count":{"N":["6"]}}""", false)] // all fields must match
    public void Literals_match_scalars_and_elements(string pattern, bool expected) =>
        Assert.Equal(expected, Matches($$$$"""{"dynamodb":{"NewImage":{{{{pattern}}}}}}"""));

    [Theory]
    [InlineData("""{"$or":[{"eventName":["REMOVE"]},{"eventSource":["aws:dynamodb"]}]}""", true)]
    [InlineData("""{"$or":[{"eventName":["REMOVE"]},{"eventName":["MODIFY"]}]}""", false)]
    [InlineData("""{"eventName":["REMOVE"],"$or":[{"eventVersion":["1.1"]},{"eventVersion":["1.0"]}]}""", false)]
    [InlineData("""{"dynamodb":{"NewImage":{"$or":[{"count":{"N":["6"]}},{"flag":{"BOOL":[true]}}]}}}""", true)]
    public void Of_or_one_alternative_must_match_beside_the_other_fields(string pattern, bool expected) =>
        Assert.Equal(expected, Matches(pattern));

    [Fact]
    public void Any_of_several_filters_lets_a_record_through()
    {
        var filter = EventFilter.Of(["""{"eventName":["REMOVE"]}""", """{"eventName":["INSERT"]}"""]);
        Assert.True(filter.Passes(Encoding.UTF8.GetBytes(Record)));
        Assert.True(EventFilter.Of([]).Passes(Encoding.UTF8.GetBytes(Record)));
    }

    [Theory]
    [InlineData("single-string")]
    [InlineData("")]
    [InlineData("""[{"eventName":["INSERT"]}]""")]
    [InlineData("""[{"eventName": ["INSERT"=123}]""")]
    [InlineData("""{"eventName":"INSERT"}""")]
    [InlineData("""{"eventName":[]}""")]
    [InlineData("""{"eventName":[["INSERT"]]}""")]
    [InlineData("""{"eventName":{}}""")]
    [InlineData("{}")]
    [InlineData("""{"eventName":[{}]}""")]
    [InlineData("""{"eventName":[{"prefix":"a","suffix":"b"}]}""")]
    [InlineData("""{"eventName":[{"prefix":1}]}""")]
    [InlineData("""{"eventName":[{"prefix":{"equals":"x"}}]}""")]
    [InlineData("""{"eventName":[{"like":"x"}]}""")]
    [InlineData("""{"eventName":[{"exists":"true"}]}""")]
    [InlineData("""{"eventName":[{"anything-but":[]}]}""")]
    [InlineData("""{"eventName":[{"anything-but":[true]}]}""")]
    [InlineData("""{"eventName":[{"anything-but":{"like":"x"}}]}""")]
    [InlineData("""{"a":[{"numeric":["=","5"]}]}""")]
    [InlineData("""{"a":[{"numeric":["~",5]}]}""")]
    [InlineData("""{"a":[{"numeric":["="]}]}""")]
    [InlineData("""{"a":[{"numeric":[]}]}""")]
    [InlineData("""{"a":[{"numeric":["<",5,">",1]}]}""")]
    [InlineData("""{"a":[{"numeric":[">",5,"<",5]}]}""")]
    [InlineData("""{"$or":[{"a":["x"]}]}""")]
    [InlineData("""{"$or":[{"a":["x"]},"y"]}""")]
    [InlineData("""{"a":["\ud800"]}""")]
    [InlineData("""{"a":["x"],"a":["y"]}""")]
    public void What_is_no_pattern_is_refused_in_AWS_words(string pattern)
    {
        var refusal = Assert.Throws<AwsException>(() => EventFilter.Of([pattern])).Fault;
        Assert.Equal((400, "InvalidParameterValueException"), (refusal.Status, refusal.Code));
        Assert.Equal("Invalid filter pattern definition.", refusal.Message);
    }

    [Fact]
    public void A_numeric_range_agrees_with_comparing_numbers() =>
        Gen.Select(Gen.Int[-20, 20], Gen.Int[-20, 20], Gen.Int[1, 10], Gen.Bool, Gen.Bool).Sample((value, low, width, open, closed) =>
        {
            var high = low + width;
            var pattern = $$"""{"n":[{"numeric":["{{(open ? ">" : ">=")}}",{{low}},"{{(closed ? "<=" : "<")}}",{{high}}]}]}""";
            var expected = (open ? value > low : value >= low) && (closed ? value <= high : value < high);
            Assert.Equal(expected, EventFilter.Of([pattern]).Passes(Encoding.UTF8.GetBytes($$"""{"n":{{value}}}""")));
        });

    private static bool Matches(string pattern) => EventFilter.Of([pattern]).Passes(Encoding.UTF8.GetBytes(Record));
}
