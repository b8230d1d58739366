namespace Storage.Server;

/// <summary>How the process ends.</summary>
internal static class ExitCode
{
    internal const int Success = 0;

    /// <summary>It was understood and could not be done.</summary>
    internal const int Failure = 1;

    /// <summary>The command line, environment or appsettings were wrong.</summary>
    internal const int Usage = 2;
}
