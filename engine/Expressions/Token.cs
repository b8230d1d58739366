namespace Storage.Engine.Expressions;

internal enum TokenKind : byte
{
    End,
    Identifier,
    NamePlaceholder,
    ValuePlaceholder,
    Integer,
    OpenParenthesis,
    CloseParenthesis,
    OpenBracket,
    CloseBracket,
    Dot,
    Comma,
    Plus,
    Minus,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,

    /// <summary>One character that begins no token.</summary>
    Unknown,
}

/// <summary>A token as a range of the expression's bytes.</summary>
internal readonly record struct Token(TokenKind Kind, int Start, int End)
{
    internal int Length => End - Start;
}
