using CsCheck;
using Storage.Engine.Expressions;
using Xunit;

namespace Storage.Tests.Expressions;

public sealed class LexerTests
{
    [Theory]
    [InlineData("a1_b", "Identifier:a1_b")]
    [InlineData(" #n :v ", "NamePlaceholder:#n ValuePlaceholder::v")]
    [InlineData("a<>b<=c>=d<e>f=g", "Identifier:a NotEqual:<> Identifier:b LessOrEqual:<= Identifier:c GreaterOrEqual:>= Identifier:d Less:< Identifier:e Greater:> Identifier:f Equal:= Identifier:g")]
    [InlineData("a[12].b+(c-:d),", "Identifier:a OpenBracket:[ Integer:12 CloseBracket:] Dot:. Identifier:b Plus:+ OpenParenthesis:( Identifier:c Minus:- ValuePlaceholder::d CloseParenthesis:) Comma:,")]
    [InlineData("_a !é # :", "Unknown:_ Identifier:a Unknown:! Unknown:é Unknown:# Unknown::")]
    [InlineData("1a", "Integer:1 Identifier:a")]
    public void Text_is_split_into_tokens(string text, string tokens) =>
        Assert.Equal(tokens, string.Join(' ', Read(text).Select(token => $"{token.Kind}:{token.Text}")));

    [Fact]
    public void Every_byte_is_white_space_or_in_exactly_one_token() => Gen.Byte.Array[0, 40].Sample(
        text =>
        {
            var position = 0;
            while (true)
            {
                var token = Lexer.Read(text, position);
                Assert.All(text[position..token.Start], skipped => Assert.Contains((char)skipped, " \t\r\n"));
                if (token.Kind == TokenKind.End)
                {
                    Assert.Equal(text.Length, token.End);
                    return;
                }

                Assert.True(token.Length > 0);
                position = token.End;
            }
        },
        iter: 2000);

    private static List<(TokenKind Kind, string Text)> Read(string text)
    {
        var bytes = ExpressionRequest.Utf8(text);
        var tokens = new List<(TokenKind, string)>();
        for (var token = Lexer.Read(bytes, 0); token.Kind != TokenKind.End; token = Lexer.Read(bytes, token.End))
        {
            tokens.Add((token.Kind, ExpressionError.Utf8(bytes.AsSpan(token.Start, token.Length))));
        }

        return tokens;
    }
}
