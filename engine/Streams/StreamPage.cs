using Storage.Engine.Model;

namespace Storage.Engine.Streams;

/// <summary>Changes in order, and how far a reader has come with them.</summary>
/// <param name="Changes">What was found; may be empty although more follows.</param>
/// <param name="Next">Read on behind this; all before it was looked at.</param>
/// <param name="IsAtEnd">Whether nothing durable lay behind <paramref name="Next"/> when it was read.</param>
internal sealed record StreamPage(IReadOnlyList<StreamChange> Changes, ChangePosition Next, bool IsAtEnd)
{
    /// <summary>
    /// Whether changes between the position asked for and the first one here are no longer kept; never for a reader that
    /// began at the default position, which wants what there is.
    /// </summary>
    internal bool HasMissed { get; init; }
}
