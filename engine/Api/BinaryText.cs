using System.Buffers;
using System.Buffers.Text;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>
/// Base64 as AWS takes it: padded, no white space, no stray bits behind the last byte, so that each value has one text.
/// </summary>
internal static class BinaryText
{
    /// <summary>Decodes into <paramref name="destination"/>, which is at least as long as the text.</summary>
    internal static int Decode(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        var expected = DecodedLength(text);
        var status = Base64.DecodeFromUtf8(text, destination, out _, out var written);
        return status == OperationStatus.Done && written == expected ? written : throw Refuse(text);
    }

    /// <summary>Decodes over the text itself.</summary>
    internal static int DecodeInPlace(Span<byte> text)
    {
        var expected = DecodedLength(text);
        var status = Base64.DecodeFromUtf8InPlace(text, out var written);
        return status == OperationStatus.Done && written == expected
            ? written
            : throw DynamoDbException.Serialization("Invalid Base64 character");
    }

    private static int DecodedLength(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return 0;
        }

        if (text.Length % 4 != 0)
        {
            throw DynamoDbException.Serialization(
                $"Base64 encoded length is expected a multiple of 4 bytes but found: {text.Length}");
        }

        var padding = text[^1] != '=' ? 0 : text[^2] != '=' ? 1 : 2;
        if (padding > 0 && (SextetOf(text[^(padding + 1)]) & (padding == 1 ? 0b11 : 0b1111)) != 0)
        {
            // AWS's spelling.
            throw DynamoDbException.Serialization("Invalid last non-pad Base64 character dectected");
        }

        // The decoder skips white space; a text that has any comes out shorter than this.
        return (text.Length / 4 * 3) - padding;
    }

    private static int SextetOf(byte character) => character switch
    {
        >= (byte)'A' and <= (byte)'Z' => character - 'A',
        >= (byte)'a' and <= (byte)'z' => character - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => character - '0' + 52,
        (byte)'+' => 62,
        (byte)'/' => 63,
        _ => 0, // refused by the decoder
    };

    private static DynamoDbException Refuse(ReadOnlySpan<byte> text)
    {
        foreach (var character in text)
        {
            if (character is not ((>= (byte)'A' and <= (byte)'Z') or (>= (byte)'a' and <= (byte)'z')
                or (>= (byte)'0' and <= (byte)'9') or (byte)'+' or (byte)'/' or (byte)'='))
            {
                return DynamoDbException.Serialization(character is > 0x20 and < 0x7F
                    ? $"Invalid Base64 character: '{(char)character}'"
                    : "Invalid Base64 character");
            }
        }

        return DynamoDbException.Serialization("Invalid Base64 character: '='");
    }
}
