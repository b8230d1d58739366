using System.Diagnostics;
using System.Globalization;

namespace Storage.Faults.Kill;

/// <summary>
/// A writer of items that expire within seconds, or never in its time. What has not expired must survive every kill; what
/// has must go, whoever was killed while removing it.
/// </summary>
internal sealed class ExpiryWriter
{
    internal const string Table = "Sessions";

    private const int SoonSecondsMax = 3;
    private const int LateSeconds = 86_400;
    private const int LateOdds = 4;

    /// <summary>A sweep comes every second or so; a machine that takes this long for one is taken for a violation.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Dictionary<long, long> acknowledged = []; // second of expiry by number
    private long next;

    /// <summary>Writes that were answered.</summary>
    internal long Acknowledged => acknowledged.Count;

    /// <summary>Items that were found to be gone in time.</summary>
    internal long Expired { get; private set; }

    internal static IEnumerable<(string Operation, string Body)> Setup() =>
    [
        ("CreateTable", $$"""
            {"TableName":"{{Table}}","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"P","KeyType":"HASH"}],
             "AttributeDefinitions":[{"AttributeName":"P","AttributeType":"N"}]}
            """),
        ("UpdateTimeToLive", $$"""
            {"TableName":"{{Table}}","TimeToLiveSpecification":{"AttributeName":"E","Enabled":true} }
            """),
    ];

    /// <summary>Writes until the server is gone.</summary>
    internal async Task RunAsync(DynamoDbCalls server, Random random)
    {
        while (true)
        {
            var number = next++;
            var expiry = Now() + (random.Next(LateOdds) == 0 ? LateSeconds : random.Next(SoonSecondsMax));
            var body = string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"TableName":"{{Table}}","Item":{"P":{"N":"{{number}}"},"E":{"N":"{{expiry}}"} } }""");
            if (await server.TrySendAsync("PutItem", body) is not { } answer)
            {
                return;
            }

            if (answer.Status != 200)
            {
                throw new ViolationException($"PutItem of an item that expires answered {answer.Status}: {answer.Text}");
            }

            acknowledged[number] = expiry;
        }
    }

    /// <summary>Waits until all that has expired by now is gone, and looks whether the rest is there.</summary>
    /// <exception cref="ViolationException">An item went too early, or does not go.</exception>
    internal async Task CheckAsync(DynamoDbCalls server)
    {
        var due = Now();
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            var items = (await server.ScanAsync(Table)).ToDictionary(item => item.Number("P"), item => item.Number("E"));
            var now = Now();
            foreach (var (number, expiry) in acknowledged)
            {
                if (expiry > now && (!items.TryGetValue(number, out var found) || found != expiry))
                {
                    throw new ViolationException($"Item {number} expires in {expiry - now} seconds, and is gone.");
                }
            }

            if (items.Values.All(expiry => expiry > due))
            {
                Expired = acknowledged.Count - items.Keys.Count(acknowledged.ContainsKey);
                return;
            }

            if (Stopwatch.GetElapsedTime(since) > Patience)
            {
                throw new ViolationException($"{items.Values.Count(expiry => expiry <= due)} items have expired and do not go.");
            }

            await Task.Delay(50);
        }
    }

    private static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
}
