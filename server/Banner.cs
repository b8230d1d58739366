using System.Globalization;

namespace Storage.Server;

/// <summary>What a user sees when the server can serve.</summary>
internal static class Banner
{
    /// <summary>What it is and how to reach it; then the one line that says it can serve, for people and for programs.</summary>
    internal static void Write(TextWriter output, Uri address, string region, string? data)
    {
        var url = address.GetLeftPart(UriPartial.Authority);
        output.WriteLine("Storage: a DynamoDB-compatible store. Any credentials will do; all of them see the same tables. Try:");
        output.WriteLine();
        output.WriteLine($"  export AWS_ENDPOINT_URL={url}");
        output.WriteLine("  export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any");
        output.WriteLine($"  aws dynamodb list-tables --region {region} --endpoint-url {url}");
        output.WriteLine();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Ready {url} pid {Environment.ProcessId} data {data ?? "(memory)"}"));
        output.Flush();
    }
}
