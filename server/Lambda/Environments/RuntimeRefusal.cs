namespace Storage.Server.Lambda.Environments;

/// <summary>A function that cannot be started here, and why: becomes the error of the call.</summary>
internal sealed class RuntimeRefusal(string errorType, string message) : Exception(message)
{
    internal string ErrorType { get; } = errorType;
}
