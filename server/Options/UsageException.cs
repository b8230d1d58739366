namespace Storage.Server.Options;

/// <summary>The command line, environment or appsettings say something that cannot be meant. One sentence; exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
