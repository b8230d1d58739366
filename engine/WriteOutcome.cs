namespace Storage.Engine;

/// <summary>What became of a write. A refused condition is an answer, not an exception.</summary>
/// <param name="Accepted">False when the condition did not hold; nothing was written.</param>
/// <param name="Old">The item before, when asked for and present.</param>
/// <param name="New">The item after an update.</param>
public readonly record struct WriteOutcome(bool Accepted, Item? Old, Item? New);

/// <summary>What became of a transaction.</summary>
/// <param name="Accepted">False when nothing was written: see <paramref name="Reasons"/>.</param>
/// <param name="Reasons">For a cancelled transaction, one for each action in order; else empty.</param>
public sealed record TransactionOutcome(bool Accepted, IReadOnlyList<CancellationReason> Reasons);

/// <summary>Why one action of a cancelled transaction stood in its way.</summary>
/// <param name="Code">AWS's code: None, ConditionalCheckFailed, ValidationError.</param>
/// <param name="Message">AWS's text, or null for None.</param>
/// <param name="Old">The item that refused, when asked for by <see cref="WriteOptions.ReturnOld"/>.</param>
public sealed record CancellationReason(string Code, string? Message, Item? Old);
