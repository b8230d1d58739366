namespace Storage.Engine.Expressions;

/// <summary>Parses a list of paths.</summary>
internal sealed class ProjectionParser : Parser
{
    private ProjectionParser(byte[] text)
        : base(ExpressionKind.ProjectionExpression, text)
    {
    }

    /// <exception cref="Model.DynamoDbException">The text is no list of paths.</exception>
    internal static ProjectionExpression Parse(byte[] text)
    {
        var parser = new ProjectionParser(text);
        var paths = new List<DocumentPath>();
        do
        {
            paths.Add(parser.ParsePath());
        }
        while (parser.Accept(TokenKind.Comma));

        parser.Expect(TokenKind.End);
        var (elements, uses) = parser.Finish();
        return new ProjectionExpression(text, elements, uses, [.. paths]);
    }

    protected override bool IsKeywordOfGrammar() => false;
}
