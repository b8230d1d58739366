namespace Storage.Engine.Tables;

/// <summary>
/// A transaction's ClientRequestToken and a hash of what it asks for. The same token with the same hash within ten
/// minutes is the same transaction, already done.
/// </summary>
internal readonly record struct RequestToken(string Token, UInt128 RequestHash);

/// <summary>What became of a transaction.</summary>
internal enum TransactionResult
{
    Committed,

    /// <summary>The token was seen before with the same request: done already, nothing was written again.</summary>
    Replayed,

    /// <summary>The token was seen before with another request.</summary>
    TokenMismatch,

    /// <summary>At least one write was refused or invalid; nothing was written.</summary>
    Cancelled,
}
