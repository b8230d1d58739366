using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>What a request's path and query name.</summary>
internal static class Named
{
    /// <summary>FunctionName and Qualifier, for operations on functions, versions and aliases.</summary>
    internal static FunctionReference Function(RestRequest request, FunctionCatalog catalog) =>
        FunctionReference.Parse(request.Path["FunctionName"], QualifierOf(request), catalog.Home);

    /// <summary>FunctionName, for operations on functions only.</summary>
    internal static FunctionReference Unqualified(RestRequest request, FunctionCatalog catalog) =>
        FunctionReference.ParseUnqualified(request.Path["FunctionName"], catalog.Home);

    /// <summary>Name, for operations on aliases.</summary>
    internal static string Alias(RestRequest request)
    {
        var name = request.Path["Name"];
        var constraints = new Constraints();
        constraints.Text("name", name, 1, 128, AliasRouting.NameForm, AliasRouting.NamePattern);
        constraints.ThrowIfAny();
        return name;
    }

    internal static string? QualifierOf(RestRequest request) => request.Query["Qualifier"].FirstOrDefault();
}
