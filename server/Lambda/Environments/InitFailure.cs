namespace Storage.Server.Lambda.Environments;

/// <summary>An init that did not come to its first event: what the runtime said, or how it ended, or neither when it took too long.</summary>
internal sealed record InitFailure(byte[]? Error, string? Exited);
