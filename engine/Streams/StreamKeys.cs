using Storage.Engine.Encoding;
using Storage.Engine.Model;

namespace Storage.Engine.Streams;

/// <summary>The key attributes of a change's item.</summary>
internal static class StreamKeys
{
    /// <summary>Writes a Map of just the key attributes of an item, which has them all.</summary>
    internal static void Write(KeySchema key, ReadOnlySpan<byte> image, ValueWriter writer)
    {
        var item = new ValueView(image);
        var mark = writer.Begin(ValueTag.Map);
        for (var i = 0; i < key.Count; i++)
        {
            if (item.TryGetMember(key[i].NameUtf8, out var value))
            {
                writer.BeginMember(key[i].NameUtf8);
                writer.WriteEncoded(value.Encoded);
            }
        }

        writer.End(mark);
    }
}
