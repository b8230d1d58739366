using Storage.Server.Contracts;

namespace Storage.Layers.Tests.Environments;

/// <summary>Logs that are only remembered.</summary>
internal sealed class RecordedLogs : ILogWriter
{
    private readonly List<(string Group, string Stream, string Text)> appends = [];

    internal IReadOnlyList<(string Group, string Stream, string Text)> Appends
    {
        get
        {
            lock (appends)
            {
                return [.. appends];
            }
        }
    }

    internal string Text => string.Concat(Appends.Select(append => append.Text));

    public ValueTask AppendAsync(string group, string stream, IReadOnlyList<LogLine> lines, CancellationToken cancellation)
    {
        lock (appends)
        {
            appends.Add((group, stream, string.Concat(lines.Select(line => line.Message))));
        }

        return ValueTask.CompletedTask;
    }
}

/// <summary>Sessions with the same keys each.</summary>
internal sealed class FixedSessions(TimeProvider time) : ISessionIssuer
{
    public ValueTask<SessionCredentials> IssueAsync(
        string roleArn, string sessionName, TimeSpan life, CancellationToken cancellation) =>
        ValueTask.FromResult(new SessionCredentials("ASIAKEY", "secret", "token", time.GetUtcNow() + life));
}
