using System.Buffers;
using System.Text;

namespace Storage.Engine.Expressions;

/// <summary>Splits an expression's UTF-8 into tokens; keeps no state, so looking ahead is reading again.</summary>
internal static class Lexer
{
    private static readonly SearchValues<byte> WordBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"u8);

    /// <summary>The token at or behind <paramref name="position"/>; End when only white space is left.</summary>
    internal static Token Read(ReadOnlySpan<byte> text, int position)
    {
        while (position < text.Length && text[position] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            position++;
        }

        if (position == text.Length)
        {
            return new Token(TokenKind.End, position, position);
        }

        var first = text[position];
        if (char.IsAsciiLetter((char)first))
        {
            return new Token(TokenKind.Identifier, position, EndOfWord(text, position + 1));
        }

        if (char.IsAsciiDigit((char)first))
        {
            var end = position + 1;
            while (end < text.Length && char.IsAsciiDigit((char)text[end]))
            {
                end++;
            }

            return new Token(TokenKind.Integer, position, end);
        }

        return first is (byte)'#' or (byte)':' ? ReadPlaceholder(text, position) : ReadSign(text, position);
    }

    /// <summary>True for <c>#</c> or <c>:</c> with letters, digits and underscores behind it.</summary>
    internal static bool IsPlaceholder(ReadOnlySpan<byte> token, byte sign) =>
        token.Length > 1 && token[0] == sign && !token[1..].ContainsAnyExcept(WordBytes);

    private static Token ReadPlaceholder(ReadOnlySpan<byte> text, int position)
    {
        var end = EndOfWord(text, position + 1);
        var kind = text[position] == (byte)'#' ? TokenKind.NamePlaceholder : TokenKind.ValuePlaceholder;
        return new Token(end - position > 1 ? kind : TokenKind.Unknown, position, end);
    }

    private static Token ReadSign(ReadOnlySpan<byte> text, int position)
    {
        var second = position + 1 < text.Length ? text[position + 1] : 0;
        var (kind, length) = (text[position], second) switch
        {
            ((byte)'(', _) => (TokenKind.OpenParenthesis, 1),
            ((byte)')', _) => (TokenKind.CloseParenthesis, 1),
            ((byte)'[', _) => (TokenKind.OpenBracket, 1),
            ((byte)']', _) => (TokenKind.CloseBracket, 1),
            ((byte)'.', _) => (TokenKind.Dot, 1),
            ((byte)',', _) => (TokenKind.Comma, 1),
            ((byte)'+', _) => (TokenKind.Plus, 1),
            ((byte)'-', _) => (TokenKind.Minus, 1),
            ((byte)'=', _) => (TokenKind.Equal, 1),
            ((byte)'<', '>') => (TokenKind.NotEqual, 2),
            ((byte)'<', '=') => (TokenKind.LessOrEqual, 2),
            ((byte)'<', _) => (TokenKind.Less, 1),
            ((byte)'>', '=') => (TokenKind.GreaterOrEqual, 2),
            ((byte)'>', _) => (TokenKind.Greater, 1),
            _ => (TokenKind.Unknown, 0),
        };
        if (kind == TokenKind.Unknown)
        {
            _ = Rune.DecodeFromUtf8(text[position..], out _, out length);
        }

        return new Token(kind, position, position + length);
    }

    private static int EndOfWord(ReadOnlySpan<byte> text, int position)
    {
        var length = text[position..].IndexOfAnyExcept(WordBytes);
        return length < 0 ? text.Length : position + length;
    }
}
