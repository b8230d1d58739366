namespace Storage.Engine.Partitions;

/// <summary>Is shown an entry; an empty value says that the key was removed. Both are valid during the call.</summary>
internal delegate void RunEntryVisitor(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);
