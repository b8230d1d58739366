using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>The constraints a request breaks, gathered while it is read: DynamoDB names all of them at once. Reusable.</summary>
internal sealed class ConstraintErrors
{
    /// <summary>More are counted but not listed, so that a request cannot make a far longer answer.</summary>
    private const int ListedMax = 10;

    private List<string>? texts;
    private int count;

    internal void Clear()
    {
        texts?.Clear();
        count = 0;
    }

    /// <summary>Adds a text of <see cref="ConstraintText"/>.</summary>
    internal void Add(string text)
    {
        count++;
        texts ??= [];
        if (count <= ListedMax)
        {
            texts.Add(text);
        }
    }

    /// <summary>Adds what was gathered here to another's.</summary>
    internal void MoveTo(ConstraintErrors other)
    {
        foreach (var text in texts ?? [])
        {
            other.Add(text);
        }

        Clear();
    }

    /// <exception cref="DynamoDbException">ValidationException: there are any.</exception>
    internal void ThrowIfAny()
    {
        if (count > 0)
        {
            throw DynamoDbException.Validation(
                $"{count} validation error{(count == 1 ? string.Empty : "s")} detected: {string.Join("; ", texts!)}");
        }
    }
}
