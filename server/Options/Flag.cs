namespace Storage.Server.Options;

/// <summary>One option: <c>--name VALUE</c>, or a switch when <paramref name="Value"/> is null.</summary>
/// <param name="Name">The flag without its dashes; the environment's and appsettings' names follow from it.</param>
/// <param name="Value">What the value is, for the help.</param>
/// <param name="Help">One line for the help, default included.</param>
internal sealed record Flag(string Name, string? Value, string Help)
{
    /// <summary>E.g. STORAGE_IN_MEMORY.</summary>
    internal string EnvironmentName => "STORAGE_" + Name.ToUpperInvariant().Replace('-', '_');

    /// <summary>E.g. InMemory, under "Storage".</summary>
    internal string SettingName => string.Concat(Name.Split('-').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
}
