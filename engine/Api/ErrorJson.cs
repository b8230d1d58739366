using System.Buffers;
using System.Text.Json;
using Storage.Engine.Model;

namespace Storage.Engine.Api;

/// <summary>Errors as DynamoDB writes them.</summary>
public static class ErrorJson
{
    /// <summary>Writes an error's JSON body and returns its HTTP status.</summary>
    public static int Write(IBufferWriter<byte> response, DynamoDbException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        Write(response, error.ErrorType, error.Message);
        return error.StatusCode;
    }

    /// <summary>Writes <c>{"__type": ..., "message": ...}</c> with the namespace AWS uses for that error.</summary>
    public static void Write(IBufferWriter<byte> response, string errorType, string message)
    {
        using var json = new Utf8JsonWriter(response);
        Write(json, errorType, message);
    }

    internal static void Write(Utf8JsonWriter json, string errorType, string message)
    {
        json.WriteStartObject();
        json.WriteString("__type"u8, Namespace(errorType) + errorType);
        json.WriteString("message"u8, message);
        json.WriteEndObject();
    }

    private static string Namespace(string errorType) => errorType switch
    {
        "ValidationException" => "com.amazon.coral.validate#",
        "SerializationException" or "UnknownOperationException" or "MissingAuthenticationTokenException"
            or "IncompleteSignatureException" or "UnrecognizedClientException" or "AccessDeniedException"
            or "InvalidSignatureException" or "RequestEntityTooLargeException" => "com.amazon.coral.service#",
        _ => "com.amazonaws.dynamodb.v20120810#",
    };
}
