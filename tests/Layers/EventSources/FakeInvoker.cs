using System.Globalization;
using System.Text;
using System.Text.Json;
using Storage.Engine.Model;
using Storage.Server.Aws;
using Storage.Server.Contracts;
using Xunit;

namespace Storage.Layers.Tests.EventSources;

/// <summary>A record as the function got it.</summary>
internal sealed record Received(ChangePosition Position, string Key, int Version)
{
    public override string ToString() => $"{Key}{Version}";
}

/// <summary>One call.</summary>
internal sealed record ReceivedBatch(string Function, int PayloadBytes, IReadOnlyList<Received> Records)
{
    /// <summary>E.g. <c>a1 b1 a2</c>: keys with their versions.</summary>
    public override string ToString() => string.Join(' ', Records);
}

/// <summary>A function: answers as the test says, and remembers what it got, in the order the calls began.</summary>
internal sealed class FakeInvoker : IFunctionInvoker
{
    private readonly Lock gate = new();
    private readonly List<ReceivedBatch> calls = [];

    /// <summary>What comes of a call; success by default.</summary>
    internal Func<ReceivedBatch, CancellationToken, ValueTask<FunctionAnswer>> Answer { get; set; } = (_, _) => new(Success());

    internal IReadOnlyList<ReceivedBatch> Calls
    {
        get
        {
            lock (gate)
            {
                return [.. calls];
            }
        }
    }

    /// <summary>All calls in one line, e.g. <c>a1 a2 | b1</c>.</summary>
    internal string Text => string.Join(" | ", Calls);

    internal static FunctionAnswer Success(string payload = "null") =>
        new() { Status = 200, Payload = Encoding.UTF8.GetBytes(payload) };

    internal static FunctionAnswer Failure() =>
        new() { Status = 200, FunctionError = "Unhandled", Payload = "{\"errorMessage\":\"no\"}"u8.ToArray() };

    internal static FunctionAnswer Refusal(int status) =>
        new() { Refusal = new AwsFault(status, "TooManyRequestsException", "Rate Exceeded.") };

    internal static FunctionAnswer ItemFailures(params IEnumerable<Received> failed) => Success(
        $$"""{"batchItemFailures":[{{string.Join(',', failed.Select(record => $$"""{"itemIdentifier":"{{record.Position}}"}"""))}}]}""");

    public ValueTask<FunctionAnswer> InvokeAsync(FunctionCall call, CancellationToken cancellation)
    {
        using var json = JsonDocument.Parse(call.Payload);
        var batch = new ReceivedBatch(call.Function, call.Payload.Length, [.. json.RootElement.GetProperty("Records").EnumerateArray().Select(Read)]);
        lock (gate)
        {
            calls.Add(batch);
        }

        return Answer(batch, cancellation);
    }

    private static Received Read(JsonElement record)
    {
        var change = record.GetProperty("dynamodb");
        Assert.True(ChangePosition.TryParse(change.GetProperty("SequenceNumber").GetString(), out var position));
        var image = change.GetProperty("NewImage");
        return new Received(
            position,
            image.GetProperty("k").GetProperty("S").GetString()!,
            int.Parse(image.GetProperty("v").GetProperty("N").GetString()!, CultureInfo.InvariantCulture));
    }
}
