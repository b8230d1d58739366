using System.Text.Json;
using System.Text.Unicode;

namespace Storage.Engine.Api;

/// <summary>
/// The text of a JSON reader's current token, checked where the reader itself does not check: it hands out strings with
/// lone surrogates and invalid UTF-8 as they came.
/// </summary>
internal static class JsonToken
{
    /// <summary>True when the token's bytes are its text, in one piece.</summary>
    internal static bool IsPlain(ref Utf8JsonReader reader) => !reader.HasValueSequence && !reader.ValueIsEscaped;

    /// <summary>Bytes of the token as written, at least as many as its text has.</summary>
    internal static int RawLength(ref Utf8JsonReader reader) =>
        reader.HasValueSequence ? (int)reader.ValueSequence.Length : reader.ValueSpan.Length;

    internal static void RequireUtf8(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
        {
            throw AttributeValueErrors.InvalidText();
        }
    }

    /// <summary>Copies the token's text, unescaped; <paramref name="room"/> has <see cref="RawLength"/> bytes.</summary>
    internal static int Copy(ref Utf8JsonReader reader, scoped Span<byte> room)
    {
        try
        {
            return reader.CopyString(room);
        }
        catch (InvalidOperationException)
        {
            throw AttributeValueErrors.InvalidText();
        }
    }

    internal static void Next(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
        {
            throw AttributeValueErrors.MalformedJson();
        }
    }

    /// <summary>Moves to the end of the value that begins here.</summary>
    internal static void Skip(ref Utf8JsonReader reader)
    {
        if (!reader.TrySkip())
        {
            throw AttributeValueErrors.MalformedJson();
        }
    }
}
