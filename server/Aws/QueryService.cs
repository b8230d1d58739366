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
    public string SigningName => signingName;

    internal XNamespace Namespace => xmlNamespace;

    internal IReadOnlyDictionary<string, QueryOperation> Operations => operations;

    public Task HandleAsync(HttpContext context, AwsCall call) => throw new NotImplementedException();
}

/// <summary>The form of a Query request.</summary>
internal sealed class QueryParameters(IReadOnlyDictionary<string, string> values)
{
    internal string? this[string name] => values.GetValueOrDefault(name);

    /// <exception cref="AwsException">ValidationError: the parameter is missing.</exception>
    internal string Required(string name) => this[name] is { Length: > 0 } value
        ? value
        : throw new AwsException(StatusCodes.Status400BadRequest, "ValidationError", $"The request must contain the parameter {name}.");
}
