using Storage.Engine.Encoding;

namespace Storage.Engine.Api;

/// <summary>
/// Finds a key that a batch or transaction names twice. At most 100 keys come here; comparing each with each costs less
/// than a set of them would, as two keys nearly always differ in the eight bytes of their hashes.
/// </summary>
internal static class RepeatedKeys
{
    /// <summary>True when the key is none of those.</summary>
    internal static bool IsNew(List<KeyBuffer> keys, KeyBuffer key)
    {
        var candidate = key.Span;
        foreach (var known in keys)
        {
            if (known.Span.SequenceEqual(candidate))
            {
                return false;
            }
        }

        return true;
    }
}
