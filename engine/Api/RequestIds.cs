namespace Storage.Engine.Api;

/// <summary>
/// Values of x-amzn-RequestId: 52 upper-case letters and digits, as DynamoDB's look. Unique within a process; drawn
/// from a seeded sequence (SplitMix64), so not a secret. Safe for many threads.
/// </summary>
public sealed class RequestIds
{
    /// <summary>Characters of an id.</summary>
    public const int Length = 52;

    private const int WordsPerId = 4;
    private const int CharsPerWord = Length / WordsPerId;
    private const ulong Step = 0x9E37_79B9_7F4A_7C15;

    private ulong state;

    /// <summary>Starts the sequence of <paramref name="seed"/>; the same seed gives the same ids.</summary>
    public RequestIds(long seed) => state = (ulong)seed;

    /// <summary>The next id.</summary>
    public string Next() => string.Create(
        Length,
        Interlocked.Add(ref state, unchecked(WordsPerId * Step)),
        static (chars, last) =>
        {
            for (var word = 0; word < WordsPerId; word++)
            {
                var bits = Mix(unchecked(last - ((ulong)word * Step)));
                foreach (ref var c in chars.Slice(word * CharsPerWord, CharsPerWord))
                {
                    c = "0123456789ABCDEFGHIJKLMNOPQRSTUV"[(int)(bits & 31)];
                    bits >>= 5;
                }
            }
        });

    private static ulong Mix(ulong z)
    {
        z = unchecked((z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB);
        return z ^ (z >> 31);
    }
}
