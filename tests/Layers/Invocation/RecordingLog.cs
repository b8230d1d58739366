using System.Collections.Concurrent;
using Storage.Server.Contracts;

namespace Storage.Layers.Tests.Invocation;

internal sealed class RecordingLog : ILogWriter
{
    internal ConcurrentQueue<(string Group, string Message)> Lines { get; } = new();

    public ValueTask AppendAsync(string group, string stream, IReadOnlyList<LogLine> lines, CancellationToken cancellation)
    {
        foreach (var line in lines)
        {
            Lines.Enqueue((group, line.Message));
        }

        return ValueTask.CompletedTask;
    }
}
