namespace Storage.Server.Contracts;

/// <summary>A line of a log.</summary>
/// <param name="Time">When it was written.</param>
/// <param name="Message">Its text, with the newline it ended in.</param>
internal readonly record struct LogLine(DateTimeOffset Time, string Message);

/// <summary>Writes logs, for whatever layer has something to say; group and stream come to be when missing.</summary>
internal interface ILogWriter
{
    /// <summary>Appends lines in order; they are durable when it completes.</summary>
    ValueTask AppendAsync(string group, string stream, IReadOnlyList<LogLine> lines, CancellationToken cancellation);
}
