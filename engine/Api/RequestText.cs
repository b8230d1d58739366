using System.Text.Json;

namespace Storage.Engine.Api;

/// <summary>A text of a request in UTF-8, unescaped: a table's name, an expression. Reusable.</summary>
internal sealed class RequestText
{
    private const int KeptBytesMax = 8 * 1024;

    private byte[] buffer = new byte[64];
    private int length;

    /// <summary>False when the member did not come, or came as null.</summary>
    internal bool IsPresent { get; private set; }

    internal ReadOnlySpan<byte> Span => buffer.AsSpan(0, length);

    internal void Clear()
    {
        IsPresent = false;
        length = 0;
        if (buffer.Length > KeptBytesMax)
        {
            buffer = new byte[64];
        }
    }

    /// <summary>Reads a member, the reader on its name; a later one of the same name replaces it.</summary>
    internal void Read(ref Utf8JsonReader reader)
    {
        if (!RequestJson.MoveToValue(ref reader))
        {
            Clear();
            return;
        }

        RequestJson.RequireString(ref reader);
        ReadToken(ref reader);
    }

    /// <summary>Takes the text of the token the reader stands on: a string or a name.</summary>
    internal void ReadToken(ref Utf8JsonReader reader)
    {
        var room = JsonToken.RawLength(ref reader);
        if (buffer.Length < room)
        {
            buffer = new byte[Math.Max(room, buffer.Length * 2)];
        }

        if (JsonToken.IsPlain(ref reader))
        {
            JsonToken.RequireUtf8(reader.ValueSpan);
            reader.ValueSpan.CopyTo(buffer);
            length = room;
        }
        else
        {
            length = JsonToken.Copy(ref reader, buffer);
        }

        IsPresent = true;
    }

    internal void Set(ReadOnlySpan<byte> utf8)
    {
        if (buffer.Length < utf8.Length)
        {
            buffer = new byte[utf8.Length];
        }

        utf8.CopyTo(buffer);
        length = utf8.Length;
        IsPresent = true;
    }

    /// <inheritdoc />
    public override string ToString() => System.Text.Encoding.UTF8.GetString(Span);
}
