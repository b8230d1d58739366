namespace Storage.Server.Transfer;

/// <summary>An import or export cannot go on. One sentence; exit code 1.</summary>
internal sealed class TransferException(string message) : Exception(message);
