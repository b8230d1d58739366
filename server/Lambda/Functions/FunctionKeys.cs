using System.Globalization;
using Storage.Engine;
using Storage.Engine.Model;

namespace Storage.Server.Lambda.Functions;

/// <summary>
/// Keys of the items of functions. All items of a function share its name as partition key; sort keys tell them apart
/// and put versions in order of their numbers. One partition more, whose key no function can have as its name, lists the
/// names in order.
/// </summary>
internal static class FunctionKeys
{
    internal const string Table = "$lambda";

    /// <summary>Partition of the list of names; a function's name has no <c>$</c>.</summary>
    internal const string Names = "$names";

    /// <summary>Sort key of $LATEST and of what the function as a whole has.</summary>
    internal const string Configuration = "CONFIG";

    internal const string VersionPrefix = "VERSION#";

    internal const string AliasPrefix = "ALIAS#";

    internal const string Concurrency = "CONCURRENCY";

    internal const string Tags = "TAGS";

    internal static TableDefinition Definition { get; } = new()
    {
        Name = Table,
        Key = new KeySchema(new KeyAttribute("pk", AttributeType.S), new KeyAttribute("sk", AttributeType.S)),
    };

    internal static Item Of(string pk, string sk) => Item.Of(("pk", pk), ("sk", sk));

    /// <summary>Zeros in front, so that the order of keys is the order of numbers.</summary>
    internal static string Version(string number) => VersionPrefix + number.PadLeft(19, '0');

    internal static string Version(long number) => Version(number.ToString(CultureInfo.InvariantCulture));

    internal static string Alias(string name) => AliasPrefix + name;

    /// <summary>The resource policy of a function, or of one version or alias.</summary>
    internal static string Policy(string? qualifier) => "POLICY#" + qualifier;

    /// <summary>The settings of asynchronous calls of a function ($LATEST), or of one version or alias.</summary>
    internal static string EventInvoke(string? qualifier) => EventInvokePrefix + (qualifier ?? FunctionReference.Latest);

    internal const string EventInvokePrefix = "ASYNC#";
}
