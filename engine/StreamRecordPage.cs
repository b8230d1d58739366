using Storage.Engine.Model;

namespace Storage.Engine;

/// <summary>Records of a shard in order, and how far the reader has come with them.</summary>
/// <param name="Records">What was found; may be empty although more follows.</param>
/// <param name="Next">Read on behind this.</param>
/// <param name="IsAtEnd">Whether no record lay behind <paramref name="Next"/>: wait for more.</param>
/// <param name="IsClosed">Whether none ever will: the stream was switched off and all was read.</param>
public sealed record StreamRecordPage(IReadOnlyList<StreamRecord> Records, ChangePosition Next, bool IsAtEnd, bool IsClosed);
