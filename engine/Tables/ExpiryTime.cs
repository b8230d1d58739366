using Storage.Engine.Encoding;

namespace Storage.Engine.Tables;

/// <summary>When an item expires: its time-to-live attribute, seconds since 1970-01-01 UTC.</summary>
internal static class ExpiryTime
{
    /// <summary>9999-12-31T23:59:59Z. What lies behind it (a time in milliseconds, say) never comes.</summary>
    internal const long SecondsMax = 253_402_300_799;

    /// <summary>
    /// An item that expired longer ago is left alone: such a number is rather a mistake than a time. Source: Developer
    /// Guide, Using time to live.
    /// </summary>
    private const int YearsMax = 5;

    /// <summary>
    /// The second in which an item expires, fractions cut off. False when it never does: the attribute is absent, no
    /// Number, or not within 1 to <see cref="SecondsMax"/>.
    /// </summary>
    internal static bool TryRead(ValueView item, ReadOnlySpan<byte> attribute, out long seconds)
    {
        seconds = 0;
        if (!item.TryGetMember(attribute, out var value) || value.Tag != ValueTag.Number)
        {
            return false;
        }

        var pairs = NumberCodec.Pairs(value.Scalar, out var mask, out var hundreds);

        // SecondsMax has six pairs of digits before the point; with none there it is less than one second.
        if (mask != 0 || hundreds is < 1 or > 6)
        {
            return false;
        }

        for (var i = 0; i < hundreds; i++)
        {
            seconds = (seconds * 100) + (i < pairs.Length ? NumberCodec.PairOf(pairs[i], mask) : 0);
        }

        return seconds is > 0 and <= SecondsMax;
    }

    /// <summary>The first second whose items are still removed at a time; those before it expired too long ago.</summary>
    internal static long OldestSeconds(DateTimeOffset now) => Math.Max(1, now.AddYears(-YearsMax).ToUnixTimeSeconds());
}
