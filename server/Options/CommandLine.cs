namespace Storage.Server.Options;

/// <summary>
/// A command's flags and positional words. A flag that was not given is looked for in the environment (STORAGE_PORT)
/// and then in appsettings.json of the current directory (Storage:Port). A flag may be repeated where several values
/// make sense; a comma separates them in the other two places.
/// </summary>
internal sealed class CommandLine
{
    private readonly Dictionary<string, List<string>> given = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<Flag> flags;
    private readonly Func<string, string?> environment;
    private readonly IConfiguration? settings;

    private CommandLine(IReadOnlyList<Flag> flags, Func<string, string?> environment, IConfiguration? settings)
    {
        this.flags = flags;
        this.environment = environment;
        this.settings = settings;
    }

    /// <summary>The words that belong to no flag.</summary>
    internal List<string> Words { get; } = [];

    /// <summary>Whether --help or -h was given.</summary>
    internal bool WantsHelp { get; private set; }

    /// <summary>Reads <paramref name="args"/>.</summary>
    /// <exception cref="UsageException">An unknown flag, or one without its value.</exception>
    internal static CommandLine Parse(
        IReadOnlyList<string> args, IReadOnlyList<Flag> flags, Func<string, string?> environment, IConfiguration? settings = null)
    {
        var line = new CommandLine(flags, environment, settings);
        for (var i = 0; i < args.Count; i++)
        {
            var word = args[i];
            if (word is "--help" or "-h")
            {
                line.WantsHelp = true;
            }
            else if (!word.StartsWith('-') || word == "-")
            {
                line.Words.Add(word);
            }
            else
            {
                var equals = word.IndexOf('=', StringComparison.Ordinal);
                var flag = line.Find(equals < 0 ? word : word[..equals]);
                var value = equals >= 0 ? word[(equals + 1)..]
                    : flag.Value is null ? "true"
                    : ++i < args.Count ? args[i]
                    : throw new UsageException($"--{flag.Name} needs a value: --{flag.Name} {flag.Value}.");
                line.Add(flag.Name, value);
            }
        }

        return line;
    }

    /// <summary>appsettings.json of the current directory, or null.</summary>
    /// <exception cref="UsageException">It is not JSON.</exception>
    internal static IConfiguration? ReadSettings()
    {
        var path = Path.GetFullPath("appsettings.json");
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return new ConfigurationBuilder().AddJsonFile(path, optional: false).Build().GetSection("Storage");
        }
        catch (InvalidDataException error)
        {
            throw new UsageException($"{path} cannot be read: {(error.InnerException ?? error).Message}");
        }
    }

    /// <summary>Whether the flag itself was written on the command line.</summary>
    internal bool Has(string name) => given.ContainsKey(name);

    /// <summary>The last value given, or null.</summary>
    internal string? Value(string name) => Values(name) is { Count: > 0 } values ? values[^1] : null;

    /// <summary>Every value given.</summary>
    internal IReadOnlyList<string> Values(string name)
    {
        if (given.TryGetValue(name, out var values))
        {
            return values;
        }

        var flag = Find("--" + name);
        var text = environment(flag.EnvironmentName) is { Length: > 0 } fromEnvironment
            ? fromEnvironment
            : settings?[flag.SettingName];
        return text is null ? [] : text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Whether a switch is on.</summary>
    /// <exception cref="UsageException">Its value is neither true nor false.</exception>
    internal bool IsOn(string name) => Value(name)?.ToUpperInvariant() switch
    {
        null or "FALSE" or "0" => false,
        "TRUE" or "1" => true,
        var other => throw new UsageException($"--{name} is true or false, not '{other}'."),
    };

    private Flag Find(string word) =>
        flags.FirstOrDefault(flag => "--" + flag.Name == word)
        ?? throw new UsageException($"Unknown option {word}; --help lists them.");

    private void Add(string name, string value)
    {
        if (!given.TryGetValue(name, out var values))
        {
            given.Add(name, values = []);
        }

        values.Add(value);
    }
}
