using System.Text.Json;
using System.Text.Json.Nodes;
using Storage.Engine.Encoding;
using Xunit;

namespace Storage.Tests.Expressions;

/// <summary>
/// Values as plain JSON, for short tests: strings are S, numbers N, arrays L, objects M; a set is an object with one
/// member <c>$SS</c>, <c>$NS</c> or <c>$BS</c>, a binary one with <c>$B</c> (as text).
/// </summary>
internal static class PlainJson
{
    internal static byte[] Encode(string json)
    {
        using var writer = ValueWriter.Rent();
        Write(JsonNode.Parse(json.Replace('\'', '"')), writer);
        return writer.Written.ToArray();
    }

    internal static string Decode(ReadOnlySpan<byte> value) => Read(new ValueView(value)).Replace('"', '\'');

    private static void Write(JsonNode? node, ValueWriter writer)
    {
        switch (node)
        {
            case null:
                writer.WriteNull();
                break;
            case JsonArray list:
                WriteElements(ValueTag.List, list, element => Write(element, writer), writer);
                break;
            case JsonObject { Count: 1 } special when special.First().Key.StartsWith('$'):
                WriteSpecial(special.First(), writer);
                break;
            case JsonObject map:
                var mark = writer.Begin(ValueTag.Map);
                foreach (var (name, value) in map)
                {
                    writer.BeginMember(System.Text.Encoding.UTF8.GetBytes(name));
                    Write(value, writer);
                }

                Assert.True(writer.End(mark));
                break;
            default:
                WriteScalar(node, writer);
                break;
        }
    }

    private static void WriteScalar(JsonNode node, ValueWriter writer)
    {
        switch (node.GetValueKind())
        {
            case JsonValueKind.String:
                writer.WriteString(System.Text.Encoding.UTF8.GetBytes(node.GetValue<string>()));
                break;
            case JsonValueKind.Number:
                Assert.Equal(NumberResult.Valid, writer.WriteNumberText(System.Text.Encoding.UTF8.GetBytes(node.ToJsonString())));
                break;
            default:
                writer.WriteBoolean(node.GetValue<bool>());
                break;
        }
    }

    private static void WriteSpecial(KeyValuePair<string, JsonNode?> member, ValueWriter writer)
    {
        switch (member.Key)
        {
            case "$B":
                writer.WriteBinary(System.Text.Encoding.UTF8.GetBytes(member.Value!.GetValue<string>()));
                break;
            case "$BS":
                WriteElements(
                    ValueTag.BinarySet,
                    member.Value!.AsArray(),
                    element => writer.WriteBinary(System.Text.Encoding.UTF8.GetBytes(element!.GetValue<string>())),
                    writer);
                break;
            default:
                var tag = member.Key == "$SS" ? ValueTag.StringSet : ValueTag.NumberSet;
                WriteElements(tag, member.Value!.AsArray(), element => WriteScalar(element!, writer), writer);
                break;
        }
    }

    private static void WriteElements(ValueTag tag, JsonArray elements, Action<JsonNode?> write, ValueWriter writer)
    {
        var mark = writer.Begin(tag);
        foreach (var element in elements)
        {
            writer.BeginElement();
            write(element);
        }

        Assert.True(writer.End(mark));
    }

    private static string Read(ValueView value)
    {
        switch (value.Tag)
        {
            case ValueTag.Null:
                return "null";
            case ValueTag.True or ValueTag.False:
                return value.Boolean ? "true" : "false";
            case ValueTag.Number:
                Span<byte> text = stackalloc byte[NumberCodec.TextBytesMax];
                return System.Text.Encoding.UTF8.GetString(text[..NumberCodec.Format(value.Scalar, text)]);
            case ValueTag.String:
                return $"\"{System.Text.Encoding.UTF8.GetString(value.Scalar)}\"";
            case ValueTag.Binary:
                return $"{{\"$B\":\"{System.Text.Encoding.UTF8.GetString(value.Scalar)}\"}}";
            case ValueTag.Map:
                var members = new List<string>();
                foreach (var member in value.Members)
                {
                    members.Add($"\"{System.Text.Encoding.UTF8.GetString(member.Name)}\":{Read(member.Value)}");
                }

                return $"{{{string.Join(',', members)}}}";
            default:
                var elements = new List<string>();
                foreach (var element in value.Elements)
                {
                    elements.Add(value.Tag == ValueTag.BinarySet
                        ? $"\"{System.Text.Encoding.UTF8.GetString(element.Scalar)}\""
                        : Read(element));
                }

                var list = $"[{string.Join(',', elements)}]";
                return value.Tag == ValueTag.List ? list : $"{{\"${value.Type}\":{list}}}";
        }
    }
}
