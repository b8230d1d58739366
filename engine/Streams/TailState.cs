using Storage.Engine.Model;

namespace Storage.Engine.Streams;

/// <summary>What the tail knows of a table.</summary>
/// <param name="IsKnown">Whether the table had a stream at any time behind the checkpoint the store was opened from.</param>
/// <param name="IsOn">Whether it has one as of the last record.</param>
/// <param name="IsDropped">Whether it was deleted as of the last record.</param>
/// <param name="EndLsn">The record that switched the stream off; <see cref="StreamTable.NoLsn"/> while it is on, 0 when it never was.</param>
/// <param name="Spans">When the stream was on, by LSNs.</param>
/// <param name="Floor">All changes behind this are in memory.</param>
/// <param name="LastDropped">The newest change that was dropped from memory.</param>
/// <param name="LastExpired">The newest change in memory that is too old to be shown; the default when there is none.</param>
internal readonly record struct TailState(
    bool IsKnown,
    bool IsOn,
    bool IsDropped,
    long EndLsn,
    (long FromLsn, long UntilLsn)[] Spans,
    ChangePosition Floor,
    ChangePosition LastDropped,
    ChangePosition LastExpired);
