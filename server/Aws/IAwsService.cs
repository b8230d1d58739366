namespace Storage.Server.Aws;

/// <summary>One AWS service behind the router. Checks and parses by its protocol, runs the operation, writes the answer.</summary>
internal interface IAwsService
{
    /// <summary>Service name in a signature's credential scope, e.g. <c>lambda</c>.</summary>
    string SigningName { get; }

    /// <summary>Answers one request whose host and origin passed.</summary>
    /// <exception cref="AwsException">The client is to be told of it, by <see cref="SendFaultAsync"/>.</exception>
    Task HandleAsync(HttpContext context, AwsCall call);

    /// <summary>Answers with an error in the protocol's shape.</summary>
    Task SendFaultAsync(HttpContext context, string requestId, AwsFault fault);
}
