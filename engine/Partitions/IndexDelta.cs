using Storage.Engine.Encoding;

namespace Storage.Engine.Partitions;

/// <summary>One index entry that a change adds or replaces (with its projected image) or removes.</summary>
internal readonly ref struct IndexDelta
{
    internal bool IsAdd { get; private init; }

    internal ReadOnlySpan<byte> Key { get; private init; }

    /// <summary>DynamoDB's size of the entry before, 0 when there was none.</summary>
    internal int OldSizeBytes { get; private init; }

    /// <summary>DynamoDB's size of the entry after, 0 when there is none.</summary>
    internal int NewSizeBytes { get; private init; }

    /// <summary>The projected image, a Map; empty for a removal.</summary>
    internal ReadOnlySpan<byte> Image { get; private init; }

    internal static IndexDelta Read(ReadOnlySpan<byte> source, scoped ref int offset)
    {
        var key = Change.ReadBlock(source, ref offset);
        var oldSize = VarInt.Read(source, ref offset);
        var newSize = VarInt.Read(source, ref offset);
        var image = Change.ReadBlock(source, ref offset);
        return new IndexDelta
        {
            IsAdd = !image.IsEmpty,
            Key = key,
            OldSizeBytes = oldSize,
            NewSizeBytes = newSize,
            Image = image,
        };
    }
}
