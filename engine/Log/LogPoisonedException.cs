namespace Storage.Engine.Log;

/// <summary>A commit failed: nobody knows what reached the disk, so writing has stopped until the store is reopened.</summary>
internal sealed class LogPoisonedException(Exception cause)
    : IOException("The log could not be made durable; writes have stopped. Reopen the store. " + cause.Message, cause);
