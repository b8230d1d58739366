namespace Storage.Server.Aws;

/// <summary>One AWS service behind the router. Checks and parses by its protocol, runs the operation, writes the answer.</summary>
internal interface IAwsService
{
    /// <summary>Service name in a signature's credential scope, e.g. <c>lambda</c>.</summary>
    string SigningName { get; }

    /// <summary>Answers one request whose host and origin passed; never throws for what a client did.</summary>
    Task HandleAsync(HttpContext context, AwsCall call);
}
