using System.Text;

namespace Storage.Server.Lambda.Environments;

/// <summary>The runtimes' own programs and the scripts that start them, as they are built into this assembly.</summary>
internal static class Bootstraps
{
    internal const string Python = "bootstrap.py";
    internal const string Node = "bootstrap.mjs";

    internal static string Text(string name)
    {
        using var resource = typeof(Bootstraps).Assembly.GetManifestResourceStream($"Bootstraps/{name}")
            ?? throw new InvalidOperationException($"{name} is not built in.");
        using var reader = new StreamReader(resource, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>Writes the runtimes' programs to LAMBDA_RUNTIME_DIR.</summary>
    internal static void Unpack(string directory)
    {
        Directory.CreateDirectory(directory);
        foreach (var name in new[] { Python, Node })
        {
            File.WriteAllText(Path.Combine(directory, name), Text(name));
        }
    }
}
