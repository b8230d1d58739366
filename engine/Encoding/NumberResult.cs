using Storage.Engine.Model;

namespace Storage.Engine.Encoding;

/// <summary>What reading a number's text, or adding two numbers, found.</summary>
internal enum NumberResult
{
    Valid,

    /// <summary>Not a number at all.</summary>
    Malformed,

    /// <summary>Magnitude above 9.99...E+125.</summary>
    Overflow,

    /// <summary>Magnitude below 1E-130 and not zero.</summary>
    Underflow,

    /// <summary>More than 38 significant digits.</summary>
    TooPrecise,
}

/// <summary>Refused numbers in AWS's words. Source: captured from DynamoDB.</summary>
internal static class NumberResultExtensions
{
    private const int EchoedBytesMax = 1024;

    /// <summary>The refusal for a result other than Valid; <paramref name="text"/> is what the client wrote.</summary>
    internal static DynamoDbException ToException(this NumberResult result, ReadOnlySpan<byte> text = default) =>
        DynamoDbException.Validation(result switch
        {
            NumberResult.Overflow =>
                "Number overflow. Attempting to store a number with magnitude larger than supported range",
            NumberResult.Underflow =>
                "Number underflow. Attempting to store a number with magnitude smaller than supported range",
            NumberResult.TooPrecise => "Attempting to store more than 38 significant digits in a Number",
            NumberResult.Malformed when text.IsEmpty => "The parameter cannot be converted to a numeric value",
            NumberResult.Malformed => "The parameter cannot be converted to a numeric value: "
                + System.Text.Encoding.UTF8.GetString(text[..Math.Min(text.Length, EchoedBytesMax)]),
            _ => throw new ArgumentOutOfRangeException(nameof(result), result, "Not a refusal."),
        });
}
