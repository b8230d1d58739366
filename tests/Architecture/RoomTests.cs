using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Storage.Engine.AwsSdk;
using Storage.Server;
using Xunit;

namespace Storage.Tests.Architecture;

/// <summary>Who may import whom. Source: docs/ARCHITECTURE.md.</summary>
public sealed class RoomTests
{
    private const string EngineName = "Storage.Engine";
    private const string ServerName = "Storage.Server";

    private static readonly string[] Layers = ["Logs", "Identity", "Lambda"];

    /// <summary>The rooms of the engine, each with those it may know; a room that is not listed is a mistake.</summary>
    private static readonly Dictionary<string, string[]> MayKnow = new()
    {
        ["Model"] = [],
        ["Files"] = [],
        ["Encoding"] = ["Model"],
        ["Expressions"] = ["Model", "Encoding"],
        ["Log"] = ["Model", "Files"],
        ["Partitions"] = ["Model", "Files", "Encoding", "Log"],
        ["Tables"] = ["Model", "Encoding", "Expressions", "Log", "Partitions"],
        ["Streams"] = ["Model", "Files", "Encoding", "Log", "Partitions", "Tables"],
        ["Recovery"] = ["Model", "Files", "Encoding", "Expressions", "Log", "Partitions", "Tables", "Streams"],
        ["Api"] = ["Model", "Files", "Encoding", "Expressions", "Log", "Partitions", "Tables", "Streams", "Recovery"],
    };

    // The front door's plain types lie above the rooms; only these rooms hand them out.
    private static readonly string[] MayKnowTheFrontDoor = ["Api"];

    private static readonly ArchUnitNET.Domain.Architecture Loaded = new ArchLoader()
        .LoadAssemblies(typeof(Engine.Store).Assembly, typeof(StoreClientExtensions).Assembly, typeof(StorageServer).Assembly)
        .Build();

    [Fact]
    public void The_rooms_of_the_engine_import_downwards_only()
    {
        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var type in TypesUnder(EngineName))
        {
            var from = RoomOf(type.Namespace.FullName);
            if (string.IsNullOrEmpty(from))
            {
                continue;
            }

            Assert.True(MayKnow.ContainsKey(from), $"{type.FullName} lies in a room that docs/ARCHITECTURE.md does not know.");
            foreach (var target in type.Dependencies.Select(dependency => dependency.Target))
            {
                var to = RoomOf(target.Namespace?.FullName ?? string.Empty);
                var allowed = to is null || to == from || MayKnow[from].Contains(to)
                    || (to.Length == 0 && MayKnowTheFrontDoor.Contains(from));
                if (!allowed)
                {
                    wrong.Add($"{type.FullName} -> {target.FullName}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Only_the_log_names_FASTER() =>
        Assert.Empty(Crossings(
            type => type.Namespace.FullName != EngineName + ".Log",
            target => IsUnder(target, "FASTER")));

    [Fact]
    public void The_engine_knows_no_HTTP_and_no_host() =>
        Assert.Empty(Crossings(
            type => IsUnder(type.Namespace.FullName, EngineName) && !IsUnder(type.Namespace.FullName, EngineName + ".AwsSdk"),
            target => IsUnder(target, "System.Net") || IsUnder(target, "Microsoft.AspNetCore")
                || IsUnder(target, "Microsoft.Extensions") || IsUnder(target, "Amazon") || IsUnder(target, "Storage.Server")));

    [Fact]
    public void The_engine_references_FASTER_and_hashing_and_nothing_else_beside_the_framework()
    {
        var references = typeof(Engine.Store).Assembly.GetReferencedAssemblies().Select(name => name.Name!);
        var packages = references.Where(name => !name.StartsWith("System.", StringComparison.Ordinal) || name == "System.IO.Hashing");

        // The logger is an optional parameter of FASTER's constructors; we pass none.
        Assert.Empty(packages.Except(
            ["FASTER.core", "System.IO.Hashing", "Microsoft.Win32.Primitives", "Microsoft.Extensions.Logging.Abstractions"]));
    }

    /// <summary>The compiler holds it to the public types: the engine's internals are open to tests and benches only.</summary>
    [Fact]
    public void The_server_and_the_SDK_door_see_the_front_door_and_the_protocol_only()
    {
        var outside = Crossings(
            type => IsUnder(type.Namespace.FullName, "Storage.Server") || IsUnder(type.Namespace.FullName, EngineName + ".AwsSdk"),
            target => IsUnder(target, EngineName) && target is not (EngineName or EngineName + ".Api" or EngineName + ".Model" or EngineName + ".AwsSdk"));
        Assert.Empty(outside);
    }

    [Fact]
    public void The_SDK_door_and_the_server_do_not_know_each_other()
    {
        Assert.Empty(Crossings(
            type => IsUnder(type.Namespace.FullName, EngineName + ".AwsSdk"), target => IsUnder(target, "Storage.Server")));
        Assert.Empty(Crossings(
            type => IsUnder(type.Namespace.FullName, "Storage.Server"), target => IsUnder(target, EngineName + ".AwsSdk")));
    }

    /// <summary>A layer reaches another only through a contract that the composition gave it.</summary>
    [Fact]
    public void The_layers_of_the_server_do_not_know_each_other()
    {
        foreach (var layer in Layers)
        {
            Assert.Contains(Loaded.Types, type => IsUnder(type.Namespace.FullName, ServerName + "." + layer));
            var others = Layers.Where(other => other != layer).Append("Commands").Append("Transfer").Append("Options").ToArray();
            Assert.Empty(Crossings(
                type => IsUnder(type.Namespace.FullName, ServerName + "." + layer),
                target => others.Any(other => IsUnder(target, ServerName + "." + other))));
        }
    }

    [Fact]
    public void What_the_layers_stand_on_knows_no_layer()
    {
        string[] grounds = ["Aws", "Contracts", "Blobs"];
        Assert.Empty(Crossings(
            type => grounds.Any(ground => IsUnder(type.Namespace.FullName, ServerName + "." + ground)),
            target => Layers.Any(layer => IsUnder(target, ServerName + "." + layer))));
    }

    private static IEnumerable<IType> TypesUnder(string name) =>
        Loaded.Types.Where(type => IsUnder(type.Namespace.FullName, name) && !IsUnder(type.Namespace.FullName, name + ".AwsSdk"));

    private static SortedSet<string> Crossings(Func<IType, bool> from, Func<string, bool> to) => new(
        Loaded.Types
            .Where(from)
            .SelectMany(type => type.Dependencies
                .Where(dependency => to(dependency.Target.Namespace?.FullName ?? string.Empty))
                .Select(dependency => $"{type.FullName} -> {dependency.Target.FullName}")),
        StringComparer.Ordinal);

    private static bool IsUnder(string name, string root) =>
        name == root || name.StartsWith(root + ".", StringComparison.Ordinal);

    /// <summary>The engine's room of a namespace: empty for the front door, null outside the engine.</summary>
    private static string? RoomOf(string name) =>
        !IsUnder(name, EngineName) || IsUnder(name, EngineName + ".AwsSdk") ? null
        : name == EngineName ? string.Empty
        : name[(EngineName.Length + 1)..].Split('.')[0];
}
