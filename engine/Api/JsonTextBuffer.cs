using System.Buffers;
using System.Buffers.Text;
using Storage.Engine.Encoding;

namespace Storage.Engine.Api;

/// <summary>Grows a piece of JSON text in a pooled array. Pass by reference; dispose once.</summary>
internal ref struct JsonTextBuffer
{
    private const int EscapedBytesMax = 6;
    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(control => (byte)control), (byte)'"', (byte)'\\']);

    private byte[] buffer;
    private Span<byte> free;

    /// <summary>A buffer for the text of a value of so many encoded bytes, which takes about twice as many.</summary>
    internal JsonTextBuffer(int encodedBytes)
    {
        buffer = ArrayPool<byte>.Shared.Rent((encodedBytes * 2) + 256);
        free = buffer;
    }

    internal readonly ReadOnlySpan<byte> Written => buffer.AsSpan(0, buffer.Length - free.Length);

    internal void Dispose()
    {
        var rented = buffer;
        buffer = [];
        free = default;
        ArrayPool<byte>.Shared.Return(rented);
    }

    internal void Append(byte character)
    {
        if (free.IsEmpty)
        {
            Grow(1);
        }

        free[0] = character;
        free = free[1..];
    }

    internal void Append(ReadOnlySpan<byte> text)
    {
        if (free.Length < text.Length)
        {
            Grow(text.Length);
        }

        text.CopyTo(free);
        free = free[text.Length..];
    }

    /// <summary>Appends a string, quoted; escapes only what JSON requires.</summary>
    internal void AppendString(ReadOnlySpan<byte> utf8)
    {
        if (free.Length < utf8.Length + 2)
        {
            Grow(utf8.Length + 2);
        }

        free[0] = (byte)'"';
        free = free[1..];
        while (true)
        {
            var special = utf8.IndexOfAny(Escaped);
            if (special < 0)
            {
                break;
            }

            Append(utf8[..special]);
            AppendEscaped(utf8[special]);
            utf8 = utf8[(special + 1)..];
        }

        Append(utf8);
        Append((byte)'"');
    }

    /// <summary>Appends an encoded number as a string in its canonical text.</summary>
    internal void AppendNumber(ReadOnlySpan<byte> encoded)
    {
        if (free.Length < NumberCodec.TextBytesMax + 2)
        {
            Grow(NumberCodec.TextBytesMax + 2);
        }

        free[0] = (byte)'"';
        var used = 1 + NumberCodec.Format(encoded, free[1..]);
        free[used] = (byte)'"';
        free = free[(used + 1)..];
    }

    /// <summary>Appends bytes as a string in Base64.</summary>
    internal void AppendBinary(ReadOnlySpan<byte> bytes)
    {
        var room = Base64.GetMaxEncodedToUtf8Length(bytes.Length) + 2;
        if (free.Length < room)
        {
            Grow(room);
        }

        free[0] = (byte)'"';
        Base64.EncodeToUtf8(bytes, free[1..], out _, out var written);
        free[written + 1] = (byte)'"';
        free = free[(written + 2)..];
    }

    private void AppendEscaped(byte character)
    {
        if (free.Length < EscapedBytesMax)
        {
            Grow(EscapedBytesMax);
        }

        var shorthand = character switch
        {
            (byte)'"' => (byte)'"',
            (byte)'\\' => (byte)'\\',
            (byte)'\b' => (byte)'b',
            (byte)'\t' => (byte)'t',
            (byte)'\n' => (byte)'n',
            (byte)'\f' => (byte)'f',
            (byte)'\r' => (byte)'r',
            _ => (byte)0,
        };
        free[0] = (byte)'\\';
        if (shorthand != 0)
        {
            free[1] = shorthand;
            free = free[2..];
            return;
        }

        "u00"u8.CopyTo(free[1..]);
        free[4] = (byte)('0' + (character >> 4));
        free[5] = "0123456789abcdef"u8[character & 0xF];
        free = free[EscapedBytesMax..];
    }

    private void Grow(int bytes)
    {
        var used = buffer.Length - free.Length;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(used + bytes, buffer.Length * 2));
        buffer.AsSpan(0, used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
        free = larger.AsSpan(used);
    }
}
