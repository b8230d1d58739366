using System.Collections.Immutable;
using Storage.Engine;

namespace Storage.Server.Lambda.Functions;

/// <summary>A <see cref="StoredFunction"/> as an item: attributes by name, the package by the name of its blob.</summary>
internal static class FunctionItem
{
    internal static Item Write(StoredFunction function)
    {
        var version = function.Version;
        var environment = version.Environment.Select(variable => (variable.Key, (AttributeValue)variable.Value)).ToArray();
        var sk = version.Version == FunctionReference.Latest
            ? FunctionKeys.Configuration
            : FunctionKeys.Version(version.Version);
        return Item.Of(
            ("pk", version.Name),
            ("sk", sk),
            ("version", version.Version),
            ("runtime", version.Runtime),
            ("handler", version.Handler),
            ("role", version.RoleArn),
            ("description", version.Description),
            ("timeoutSeconds", version.TimeoutSeconds),
            ("memoryMegabytes", version.MemoryMegabytes),
            ("ephemeralMegabytes", version.EphemeralMegabytes),
            ("environment", AttributeValue.Map(Item.Of(environment))),
            ("architecture", version.Architecture),
            ("codeSha256", version.CodeSha256),
            ("codeBytes", version.CodeBytes),
            ("blob", version.CodeBlob),
            ("revisionId", version.RevisionId),
            ("lastModifiedMilliseconds", version.LastModified.ToUnixTimeMilliseconds()),
            ("functionState", function.State.ToString()),
            ("updateStatus", function.Update.ToString()),
            ("lastPublished", function.LastPublished),
            ("unsettledVersion", function.UnsettledVersion),
            ("deleting", function.IsDeleting),
            ("sourceDescription", function.SourceDescription),
            ("stamp", function.Stamp));
    }

    internal static StoredFunction Read(Item item, FunctionHome home)
    {
        var name = item["pk"].AsString();
        var environment = item["environment"].AsMap()
            .ToImmutableSortedDictionary(one => one.Key, one => one.Value.AsString(), StringComparer.Ordinal);
        var version = new FunctionVersion
        {
            Name = name,
            Version = item["version"].AsString(),
            Arn = home.ArnOf(name),
            Runtime = item["runtime"].AsString(),
            Handler = item["handler"].AsString(),
            RoleArn = item["role"].AsString(),
            Description = item["description"].AsString(),
            TimeoutSeconds = (int)item["timeoutSeconds"].AsInt64(),
            MemoryMegabytes = (int)item["memoryMegabytes"].AsInt64(),
            EphemeralMegabytes = (int)item["ephemeralMegabytes"].AsInt64(),
            Environment = environment,
            Architecture = item["architecture"].AsString(),
            CodeSha256 = item["codeSha256"].AsString(),
            CodeBytes = item["codeBytes"].AsInt64(),
            CodeBlob = item["blob"].AsString(),
            RevisionId = item["revisionId"].AsString(),
            LastModified = DateTimeOffset.FromUnixTimeMilliseconds(item["lastModifiedMilliseconds"].AsInt64()),
        };
        return new StoredFunction(version)
        {
            State = Enum.Parse<FunctionState>(item["functionState"].AsString()),
            Update = Enum.Parse<UpdateStatus>(item["updateStatus"].AsString()),
            LastPublished = item["lastPublished"].AsInt64(),
            UnsettledVersion = item["unsettledVersion"].AsInt64(),
            IsDeleting = item["deleting"].AsBoolean(),
            SourceDescription = item["sourceDescription"].AsString(),
            Stamp = item["stamp"].AsString(),
        };
    }
}
