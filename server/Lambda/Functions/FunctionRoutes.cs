using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>The management operations of functions. Source of methods and paths: Lambda's service model.</summary>
internal static class FunctionRoutes
{
    private const string Functions = "/2015-03-31/functions";

    private const string Function = $"{Functions}/{{FunctionName}}";

    private const string EventInvoke = "/2019-09-25/functions/{FunctionName}/event-invoke-config";

    private const string Tags = "/2017-03-31/tags/{Resource}";

    internal static IReadOnlyList<RestRoute> Of(FunctionCatalog catalog) =>
    [
        new("POST", Functions, nameof(CreateFunction), new CreateFunction(catalog).RunAsync),
        new("GET", Functions, nameof(ListFunctions), new ListFunctions(catalog).RunAsync),
        new("GET", Function, nameof(GetFunction), new GetFunction(catalog).RunAsync),
        new("DELETE", Function, nameof(DeleteFunction), new DeleteFunction(catalog).RunAsync),
        new("GET", $"{Function}/configuration", nameof(GetFunctionConfiguration), new GetFunctionConfiguration(catalog).RunAsync),
        new("PUT", $"{Function}/configuration", nameof(UpdateFunctionConfiguration), new UpdateFunctionConfiguration(catalog).RunAsync),
        new("PUT", $"{Function}/code", nameof(UpdateFunctionCode), new UpdateFunctionCode(catalog).RunAsync),
        new("POST", $"{Function}/versions", nameof(PublishVersion), new PublishVersion(catalog).RunAsync),
        new("GET", $"{Function}/versions", nameof(ListVersionsByFunction), new ListVersionsByFunction(catalog).RunAsync),
        new("POST", $"{Function}/aliases", nameof(CreateAlias), new CreateAlias(catalog).RunAsync),
        new("GET", $"{Function}/aliases", nameof(ListAliases), new ListAliases(catalog).RunAsync),
        new("GET", $"{Function}/aliases/{{Name}}", nameof(GetAlias), new GetAlias(catalog).RunAsync),
        new("PUT", $"{Function}/aliases/{{Name}}", nameof(UpdateAlias), new UpdateAlias(catalog).RunAsync),
        new("DELETE", $"{Function}/aliases/{{Name}}", nameof(DeleteAlias), new DeleteAlias(catalog).RunAsync),
        new("POST", $"{Function}/policy", nameof(AddPermission), new AddPermission(catalog).RunAsync),
        new("GET", $"{Function}/policy", nameof(GetPolicy), new GetPolicy(catalog).RunAsync),
        new("DELETE", $"{Function}/policy/{{StatementId}}", nameof(RemovePermission), new RemovePermission(catalog).RunAsync),
        new(
            "PUT",
            "/2017-10-31/functions/{FunctionName}/concurrency",
            nameof(PutFunctionConcurrency),
            new PutFunctionConcurrency(catalog).RunAsync),
        new(
            "DELETE",
            "/2017-10-31/functions/{FunctionName}/concurrency",
            nameof(DeleteFunctionConcurrency),
            new DeleteFunctionConcurrency(catalog).RunAsync),
        new(
            "GET",
            "/2019-09-30/functions/{FunctionName}/concurrency",
            nameof(GetFunctionConcurrency),
            new GetFunctionConcurrency(catalog).RunAsync),
        new("GET", "/2016-08-19/account-settings", nameof(GetAccountSettings), new GetAccountSettings(catalog).RunAsync),
        new("POST", Tags, nameof(TagResource), new TagResource(catalog).RunAsync),
        new("DELETE", Tags, nameof(UntagResource), new UntagResource(catalog).RunAsync),
        new("GET", Tags, nameof(ListTags), new ListTags(catalog).RunAsync),
        new("PUT", EventInvoke, nameof(PutFunctionEventInvokeConfig), new PutFunctionEventInvokeConfig(catalog).RunAsync),
        new("POST", EventInvoke, nameof(UpdateFunctionEventInvokeConfig), new UpdateFunctionEventInvokeConfig(catalog).RunAsync),
        new("GET", EventInvoke, nameof(GetFunctionEventInvokeConfig), new GetFunctionEventInvokeConfig(catalog).RunAsync),
        new("DELETE", EventInvoke, nameof(DeleteFunctionEventInvokeConfig), new DeleteFunctionEventInvokeConfig(catalog).RunAsync),
        new(
            "GET",
            $"{EventInvoke}/list",
            nameof(ListFunctionEventInvokeConfigs),
            new ListFunctionEventInvokeConfigs(catalog).RunAsync),
        new("GET", GetFunctionCode.Template, nameof(GetFunctionCode), new GetFunctionCode(catalog).RunAsync),
    ];
}
