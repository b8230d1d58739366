using Storage.Engine.Encoding;
using Storage.Engine.Expressions;
using Storage.Engine.Model;
using Xunit;

namespace Storage.Tests.Expressions;

/// <summary>One request's placeholders and cache, with expressions as strings and values as <see cref="PlainJson"/>.</summary>
internal sealed class ExpressionRequest
{
    internal ExpressionCache Cache { get; } = new();

    internal Placeholders Placeholders { get; } = new();

    /// <summary>Placeholders as <c>#n=name</c> and <c>:v=json</c>.</summary>
    internal static ExpressionRequest With(params string[] definitions)
    {
        var request = new ExpressionRequest();
        foreach (var definition in definitions)
        {
            var (token, content) = (definition[..definition.IndexOf('=')], definition[(definition.IndexOf('=') + 1)..]);
            if (token[0] == '#')
            {
                request.Placeholders.AddName(Utf8(token), Utf8(content));
            }
            else
            {
                request.Placeholders.AddValue(Utf8(token), PlainJson.Encode(content));
            }
        }

        return request;
    }

    internal static string ErrorOf(Action action)
    {
        var error = Assert.Throws<DynamoDbException>(action);
        Assert.Equal("ValidationException", error.ErrorType);
        return error.Message;
    }

    internal static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    internal bool Holds(string condition, string? item) => Cache.Condition(Utf8(condition))
        .Bind(Placeholders)
        .Evaluate(item is null ? default : PlainJson.Encode(item));

    internal string ConditionError(string condition) => ErrorOf(() => Holds(condition, "{}"));

    internal string FilterError(string filter) => ErrorOf(() => Cache.Filter(Utf8(filter)).Bind(Placeholders));

    internal BoundUpdate Update(string update) => Cache.Update(Utf8(update)).Bind(Placeholders);

    internal string Apply(string update, string? item, string key = "{'pk':'k'}")
    {
        using var writer = ValueWriter.Rent();
        Update(update).Apply(item is null ? default : PlainJson.Encode(item), PlainJson.Encode(key), writer);
        return PlainJson.Decode(writer.Written);
    }

    internal string UpdateError(string update, string item = "{}") => ErrorOf(() => Apply(update, item));

    internal string Touched(string update, string item)
    {
        using var writer = ValueWriter.Rent();
        Update(update).WriteTouched(PlainJson.Encode(item), writer);
        return PlainJson.Decode(writer.Written);
    }

    internal string Project(string projection, string item)
    {
        using var writer = ValueWriter.Rent();
        Cache.Projection(Utf8(projection)).Bind(Placeholders).Project(PlainJson.Encode(item), writer);
        return PlainJson.Decode(writer.Written);
    }

    internal string ProjectionError(string projection) => ErrorOf(() => Project(projection, "{}"));

    internal KeyCondition Key(string condition, KeySchema key) =>
        Cache.KeyCondition(Utf8(condition)).Bind(Placeholders).Resolve(key);
}
