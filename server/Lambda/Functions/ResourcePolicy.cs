using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Storage.Engine;

namespace Storage.Server.Lambda.Functions;

/// <summary>Who else may call a function, version or alias: a policy document as AWS writes it.</summary>
/// <param name="Document">Version, Id and Statement.</param>
/// <param name="RevisionId">New at every change.</param>
internal sealed record ResourcePolicy(JsonObject Document, string RevisionId)
{
    /// <summary>Source: Developer Guide, Lambda quotas: 20 KB.</summary>
    private const int BytesMax = 20_480;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal JsonArray Statements => Document["Statement"]!.AsArray();

    internal static ResourcePolicy Empty() => new(
        new JsonObject { ["Version"] = "2012-10-17", ["Id"] = "default", ["Statement"] = new JsonArray() }, string.Empty);

    internal static ResourcePolicy Read(Item item) =>
        new(JsonNode.Parse(item["policy"].AsString())!.AsObject(), item["revisionId"].AsString());

    internal static string Text(JsonNode node) => node.ToJsonString(Plain);

    internal JsonNode? Find(string sid) =>
        Statements.FirstOrDefault(statement => statement!["Sid"]!.GetValue<string>() == sid);

    /// <exception cref="Aws.AwsException">PolicyLengthExceededException.</exception>
    internal Item Write(string function, string? qualifier)
    {
        var text = Text(Document);
        var bytes = Encoding.UTF8.GetByteCount(text);
        return bytes <= BytesMax
            ? Item.Of(
                ("pk", function),
                ("sk", FunctionKeys.Policy(qualifier)),
                ("policy", text),
                ("revisionId", FunctionTable.NewRevisionId()))
            : throw LambdaFault.PolicyTooLong(bytes, BytesMax);
    }
}
