using Storage.Engine.Model;

namespace Storage.Engine.Streams;

/// <summary>Records of a shard in order, and how far a reader has come with them.</summary>
/// <param name="Entries">What was found; may be empty although more follows.</param>
/// <param name="Next">Read on behind this.</param>
/// <param name="IsAtEnd">Whether nothing durable lay behind <paramref name="Next"/> when it was read.</param>
/// <param name="IsClosed">Whether nothing ever will.</param>
internal sealed record ShardPage(IReadOnlyList<StreamEntry> Entries, ChangePosition Next, bool IsAtEnd, bool IsClosed);
