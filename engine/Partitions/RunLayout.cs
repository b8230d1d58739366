namespace Storage.Engine.Partitions;

/// <summary>Sizes of a run's blocks. Tests make them small, so that few entries make a deep tree.</summary>
/// <param name="BlockBytes">
/// Largest data or index block, bytes, unless one entry (two of an index) needs more.
/// </param>
/// <param name="FilterBlockBytes">Every filter block, bytes: whole lines of 64, at least two.</param>
internal readonly record struct RunLayout(int BlockBytes, int FilterBlockBytes)
{
    /// <summary>Each block fills a frame of the block cache.</summary>
    internal static RunLayout Standard { get; } = new(8 * 1024, 8 * 1024);
}
