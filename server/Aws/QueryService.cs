using System.Text;
using System.Xml.Linq;

namespace Storage.Server.Aws;

/// <summary>Runs one operation of a Query service; the answer is the content of its XxxResult element, null without one.</summary>
internal delegate ValueTask<IReadOnlyList<XElement>?> QueryOperation(
    AwsCall call, QueryParameters request, CancellationToken cancellation);

/// <summary>A service of the AWS Query protocol: a form with Action in, XML out (STS, IAM).</summary>
/// <param name="signingName">E.g. <c>sts</c>.</param>
/// <param name="xmlNamespace">E.g. <c>https://sts.amazonaws.com/doc/2011-06-15/</c>.</param>
/// <param name="operations">By name, e.g. <c>GetCallerIdentity</c>.</param>
internal sealed class QueryService(
    string signingName, string xmlNamespace, IReadOnlyDictionary<string, QueryOperation> operations) : IAwsService
{
    internal const int BodyBytesMax = 1024 * 1024;

    private readonly ServiceModel model = ServiceModel.Of(signingName);

    public string SigningName => signingName;

    internal XNamespace Namespace => xmlNamespace;

    internal IReadOnlyDictionary<string, QueryOperation> Operations => operations;

    /// <summary>
    /// Parameters come in the body only. In a URL an image on a web page could send them, without saying whose page it is.
    /// </summary>
    public async Task HandleAsync(HttpContext context, AwsCall call)
    {
        var request = context.Request;
        if (!CredentialScope.IsPresent(request))
        {
            throw new AwsException(
                StatusCodes.Status403Forbidden, "MissingAuthenticationToken", "Request is missing Authentication Token");
        }

        var body = await RequestBody.CopyAsync(context, BodyBytesMax) ?? throw new AwsException(
            StatusCodes.Status413PayloadTooLarge, "RequestEntityTooLarge", $"The request is larger than {BodyBytesMax} bytes.");
        var parameters = QueryParameters.Parse(Encoding.UTF8.GetString(body.Span));
        var action = parameters["Action"] ?? throw new AwsException(
            StatusCodes.Status400BadRequest, "MissingAction", "The request is missing an action or a required parameter.");
        var result = await Find(action, parameters["Version"])(call, parameters, context.RequestAborted);
        var answer = new XElement(Namespace + (action + "Response"));
        if (result is not null)
        {
            answer.Add(new XElement(Namespace + (action + "Result"), result.Select(Qualified)));
        }

        answer.Add(new XElement(Namespace + "ResponseMetadata", new XElement(Namespace + "RequestId", call.RequestId)));
        await AwsAnswer.SendXmlAsync(context, call.RequestId, StatusCodes.Status200OK, answer);
    }

    public Task SendFaultAsync(HttpContext context, string requestId, AwsFault fault) =>
        AwsAnswer.SendXmlAsync(context, requestId, fault.Status, FaultOf(Namespace, requestId, fault));

    /// <summary>An error of the Query protocol.</summary>
    internal static XElement FaultOf(XNamespace space, string requestId, AwsFault fault) => new(
        space + "ErrorResponse",
        new XElement(
            space + "Error",
            new XElement(space + "Type", fault.Status < StatusCodes.Status500InternalServerError ? "Sender" : "Receiver"),
            new XElement(space + "Code", fault.Code),
            new XElement(space + "Message", fault.Message)),
        new XElement(space + "RequestId", requestId));

    /// <summary>Operations give elements without a namespace; the answer's is that of its root.</summary>
    private XElement Qualified(XElement element)
    {
        foreach (var one in element.DescendantsAndSelf())
        {
            one.Name = Namespace + one.Name.LocalName;
        }

        return element;
    }

    private QueryOperation Find(string action, string? version)
    {
        if (operations.TryGetValue(action, out var operation))
        {
            return operation;
        }

        throw model.Has(action)
            ? Unbuilt.Operation(model, action)
            : new AwsException(
                StatusCodes.Status400BadRequest, "InvalidAction", $"Could not find operation {action} for version {version ?? "NO_VERSION_SPECIFIED"}");
    }
}
