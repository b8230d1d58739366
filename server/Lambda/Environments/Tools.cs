using System.ComponentModel;
using System.Diagnostics;

namespace Storage.Server.Lambda.Environments;

/// <summary>Programs of the system that make environments safer. Each can be missing; that is said once.</summary>
internal sealed class Tools
{
    internal const string Shell = "/bin/sh";

    private static readonly string[] Directories = ["/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin", "/sbin"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    internal Tools(TextWriter warnings)
    {
        SetSession = Find("setsid", "true");
        if (SetSession is null)
        {
            warnings.WriteLine("setsid is not installed: processes that a function starts are found by their variables only.");
        }

        SetPrivileges = Find("setpriv", "--pdeathsig", "KILL", "true");
        if (SetPrivileges is null)
        {
            warnings.WriteLine("setpriv is not installed or too old: if the server is killed, functions end a little later.");
        }
    }

    /// <summary>Path of setsid, or null.</summary>
    internal string? SetSession { get; }

    /// <summary>Path of a setpriv that knows --pdeathsig, or null.</summary>
    internal string? SetPrivileges { get; }

    private static string? Find(string name, params string[] trial) =>
        Directories.Select(directory => Path.Combine(directory, name)).Where(File.Exists).FirstOrDefault(path => Works(path, trial));

    private static bool Works(string path, string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(path, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            return process.WaitForExit(Patience) && process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
