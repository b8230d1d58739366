namespace Storage.Engine.Partitions;

/// <summary>A very short reader-writer latch: many readers or one writer, held only while copying or applying, never across a wait.</summary>
internal sealed class ReadWriteLatch
{
    internal void EnterRead() => throw new NotImplementedException();

    internal void ExitRead() => throw new NotImplementedException();

    internal void EnterWrite() => throw new NotImplementedException();

    internal void ExitWrite() => throw new NotImplementedException();
}
