namespace Storage.Engine.Partitions;

/// <summary>Checks the order of a run's entries over all its blocks, counts them and shows them.</summary>
internal sealed class RunEntryCheck(string file, Action<RunFinding> found, RunEntryVisitor? visit)
{
    private byte[] last = [];
    private byte[] key = [];
    private bool hasLast;

    internal RunTableStatistics Total { get; private set; }

    internal Dictionary<uint, RunTableStatistics> Tables { get; } = [];

    /// <summary>Takes the entries of the data block at that offset.</summary>
    internal void Check(in RunBlock block, long offset)
    {
        for (var i = 0; i < block.Count; i++)
        {
            block.Read(i, out var suffix, out var value);
            key = [.. block.Prefix, .. suffix];
            if (hasLast && key.AsSpan().SequenceCompareTo(last) <= 0)
            {
                found(new RunFinding(file, offset, $"has its entry {i} out of order"));
            }

            (last, key) = (key, last);
            hasLast = true;
            Total = Total.With(last, value);
            var id = RunTableStatistics.IdOf(last);
            Tables[id] = Tables.GetValueOrDefault(id).With(last, value);
            visit?.Invoke(last, value);
        }
    }
}
