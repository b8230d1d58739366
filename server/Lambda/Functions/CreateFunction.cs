using System.Collections.Immutable;
using Storage.Server.Aws;

namespace Storage.Server.Lambda.Functions;

/// <summary>CreateFunction: POST /2015-03-31/functions.</summary>
internal sealed class CreateFunction(FunctionCatalog catalog)
{
    internal async ValueTask<RestAnswer> RunAsync(RestRequest request, CancellationToken cancellation)
    {
        // 1. What the client says, all of it checked before anything is stored.
        var members = RequestMembers.Of(request);
        var constraints = new Constraints();
        var code = members.Structure("Code");
        var architecture = Architecture.Read(members, constraints);
        constraints.Required("functionName", members.Has("FunctionName"));
        constraints.Required("role", members.Has("Role"));
        constraints.Required("code", code is not null);
        constraints.OneOf("packageType", members.Text("PackageType"), "Zip", "Image");
        var settings = FunctionSettings.Read(members, constraints, members.Text("FunctionName") ?? string.Empty);
        var reference = FunctionReference.ParseNew(members.Text("FunctionName")!, catalog.Home);
        if (members.Text("PackageType") == "Image")
        {
            throw LambdaFault.NotBuilt("PackageType Image");
        }

        if (settings.Runtime is null || settings.Handler is null)
        {
            throw LambdaFault.Invalid(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages.");
        }

        var tags = ResourceTags.Read(members);
        if (await catalog.Table.ReadLatestAsync(reference.Name, cancellation).ConfigureAwait(false) is not null)
        {
            throw LambdaFault.Conflict($"Function already exist: {reference.Name}");
        }

        // 2. The package, before the item that names it.
        var package = CodePackage.Read(code!.Value, catalog.Options);
        var version = settings.Over(new FunctionVersion
        {
            Name = reference.Name,
            Version = FunctionReference.Latest,
            Arn = reference.Arn,
            Runtime = settings.Runtime,
            Handler = settings.Handler,
            RoleArn = settings.RoleArn!,
            Environment = ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal),
            Architecture = architecture ?? Architecture.Default,
            CodeSha256 = package.Sha256,
            CodeBytes = package.Zip.Length,
            CodeBlob = string.Empty,
            RevisionId = FunctionTable.NewRevisionId(),
            LastModified = catalog.Now,
        });
        version = await package.OverAsync(version, catalog.Blobs, cancellation).ConfigureAwait(false);

        // 3. The item; its state settles behind the answer.
        var function = new StoredFunction(version) { State = FunctionState.Pending, Update = UpdateStatus.InProgress };
        var created = await catalog.Table.CreateAsync(
            function, tags is null ? null : ResourceTags.Write(reference.Name, tags), members.Flag("Publish") ?? false, cancellation)
            .ConfigureAwait(false);
        catalog.Settle(reference.Name);
        return new RestAnswer(201, ConfigurationJson.Write(created, null));
    }
}
