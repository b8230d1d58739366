using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Storage.Server.Lambda.Environments;

/// <summary>
/// Finds what runs a runtime: its own interpreter where PATH has it, else the newest of its family. Each interpreter is
/// tried once; a name on PATH that only answers with an error, as version managers leave behind, is passed over. What was
/// not found is looked for again: it may have been installed, or was too slow on a busy machine.
/// </summary>
internal sealed class RuntimeMap(string searchPath)
{
    private const int PythonMinorMin = 8;
    private const int PythonMinorMax = 30;
    private const int NodeMajorMin = 18;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Task<RuntimeProgram?>> found = [];

    /// <summary>What runs the runtime, or null when nothing on this machine can.</summary>
    internal Task<RuntimeProgram?> FindAsync(string runtime)
    {
        lock (gate)
        {
            if (!found.TryGetValue(runtime, out var program) || program is { IsFaulted: true } or { IsCompletedSuccessfully: true, Result: null })
            {
                program = Task.Run(() => Search(runtime));
                found[runtime] = program;
            }

            return program;
        }
    }

    private RuntimeProgram? Search(string runtime)
    {
        if (runtime.StartsWith("provided", StringComparison.Ordinal))
        {
            return new RuntimeProgram(RuntimeKind.Provided, null, runtime, Exact: true);
        }

        if (runtime.StartsWith("python3.", StringComparison.Ordinal))
        {
            return SearchPython(runtime);
        }

        return runtime.StartsWith("nodejs", StringComparison.Ordinal) ? SearchNode(runtime) : null;
    }

    private RuntimeProgram? SearchPython(string runtime)
    {
        var others = Enumerable.Range(PythonMinorMin, PythonMinorMax - PythonMinorMin + 1)
            .Reverse()
            .Select(minor => string.Create(CultureInfo.InvariantCulture, $"python3.{minor}"))
            .Append("python3");
        return Candidates(runtime).Select(AskPython).FirstOrDefault(program => program?.Exact == true)
            ?? others.SelectMany(Candidates).AsParallel().AsOrdered().WithDegreeOfParallelism(8).Select(AskPython)
                .FirstOrDefault(program => program is not null);

        RuntimeProgram? AskPython(string path)
        {
            // The path it gives of itself: behind a version manager's script is the real one, which needs no script's variables.
            var answer = Ask(path, "-c", "import sys; print(sys.executable); print('python%d.%d' % sys.version_info[:2])");
            return answer is [var executable, var name] && File.Exists(executable)
                ? new RuntimeProgram(RuntimeKind.Python, executable, name, name == runtime)
                : null;
        }
    }

    private RuntimeProgram? SearchNode(string runtime)
    {
        var major = runtime["nodejs".Length..].Split('.')[0];
        RuntimeProgram? nearest = null;
        foreach (var path in Candidates("node").Concat(Candidates("node" + major)).Concat(Candidates("nodejs")))
        {
            var answer = Ask(path, "-p", "process.execPath + '\\n' + process.versions.node.split('.')[0]");
            if (answer is not [var executable, var version] || !File.Exists(executable)
                || !int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < NodeMajorMin)
            {
                continue;
            }

            if (version == major)
            {
                return new RuntimeProgram(RuntimeKind.Node, executable, $"nodejs{version}.x", Exact: true);
            }

            nearest ??= new RuntimeProgram(RuntimeKind.Node, executable, $"nodejs{version}.x", Exact: false);
        }

        return nearest;
    }

    private IEnumerable<string> Candidates(string name) =>
        searchPath.Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathRooted)
            .Select(directory => Path.Combine(directory, name))
            .Where(File.Exists);

    /// <summary>The lines a program prints, or null when it fails.</summary>
    private static string[]? Ask(string path, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(path, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
            })!;
            process.StandardInput.Close();
            _ = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(Patience))
            {
                process.Kill(entireProcessTree: true);
                return null;
            }

            return process.ExitCode == 0
                ? output.GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                : null;
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            return null;
        }
    }
}
