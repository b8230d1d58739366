using Storage.Engine.Model;
using Storage.Engine.Tables;

namespace Storage.Engine.Api;

/// <summary>The TableName member: a name, or an ARN of a table in whatever Region and account, which stands for its name.</summary>
internal static class TableNames
{
    internal const int LengthMin = 3;

    internal const int LengthMax = 255;

    internal const string Pattern = "[a-zA-Z0-9_.-]+";

    /// <summary>The name itself: what follows <c>:table/</c> in an ARN. Empty for an ARN of something else.</summary>
    internal static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> nameOrArn)
    {
        if (!nameOrArn.StartsWith("arn:"u8))
        {
            return nameOrArn;
        }

        var table = nameOrArn.IndexOf(":table/"u8);
        return table < 0 ? default : nameOrArn[(table + ":table/"u8.Length)..];
    }

    /// <summary>Adds what is wrong with a name that came.</summary>
    internal static void Check(ReadOnlySpan<byte> nameOrArn, ConstraintErrors errors, string member = "TableName") =>
        CheckName(NameOf(nameOrArn), errors, member, nameOrArn.IsEmpty ? 1 : LengthMin);

    /// <summary>Finds a table by its name or ARN. Whoever answers with the refusal waits for the catalog's LSN first.</summary>
    /// <exception cref="DynamoDbException">ResourceNotFoundException as item operations word it.</exception>
    internal static Table Find(this Catalog catalog, RequestText nameOrArn) =>
        catalog.Find(NameOf(nameOrArn.Span)) ?? throw DynamoDbException.ResourceNotFound();

    /// <summary>Adds what is wrong with the name of a table or index.</summary>
    internal static void CheckName(ReadOnlySpan<byte> name, ConstraintErrors errors, string member, int lengthMin = LengthMin)
    {
        if (name.Length < LengthMin)
        {
            errors.Add(ConstraintText.LengthAtLeast(member, lengthMin));
        }
        else if (name.Length > LengthMax)
        {
            errors.Add(ConstraintText.LengthAtMost(member, LengthMax));
        }

        foreach (var character in name)
        {
            if (!(char.IsAsciiLetterOrDigit((char)character) || character is (byte)'_' or (byte)'.' or (byte)'-'))
            {
                errors.Add(ConstraintText.Pattern(member, Pattern));
                return;
            }
        }
    }
}
