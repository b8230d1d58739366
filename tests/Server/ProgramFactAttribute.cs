using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace Storage.Tests.Server;

/// <summary>A fact that needs a program of this machine; skipped, with the reason, where the program does not answer.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProgramFactAttribute : FactAttribute
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Tests are discovered one by one, twice, and a program is slow to ask.
    private static readonly ConcurrentDictionary<string, bool> Asked = new();

    /// <summary>Tries the program once with these arguments; it must end with 0.</summary>
    public ProgramFactAttribute(string program, params string[] arguments)
    {
        Program = program;
        if (!Asked.GetOrAdd($"{program} {string.Join(' ', arguments)}", _ => Answers(program, arguments)))
        {
            Skip = $"{program} {string.Join(' ', arguments)} does not work on this machine.";
        }
    }

    /// <summary>The program needed.</summary>
    public string Program { get; }

    private static bool Answers(string program, string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            return process.WaitForExit(Patience) && process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
