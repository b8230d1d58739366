namespace Storage.Server.Aws;

/// <summary>Runs one operation of a REST service.</summary>
internal delegate ValueTask<RestAnswer> RestOperation(RestRequest request, CancellationToken cancellation);

/// <summary>An operation's method and path; without <paramref name="Run"/> it is known but not built.</summary>
/// <param name="Method">E.g. POST.</param>
/// <param name="Template">
/// E.g. <c>/2015-03-31/functions/{FunctionName}/invocations</c>; <c>{Name+}</c> takes the rest. A query behind it must be
/// in the request, too.
/// </param>
/// <param name="Name">AWS's name of the operation.</param>
/// <param name="Run">What runs it.</param>
internal sealed record RestRoute(string Method, string Template, string Name, RestOperation? Run = null);
