using System.Buffers;
using System.Globalization;
using System.Text;
using Storage.Server.Contracts;

namespace Storage.Server.Lambda.Environments;

/// <summary>Bytes that processes print, as lines of a log. Long lines are cut into several, and too many are left out.</summary>
internal sealed class OutputLines(TimeProvider time)
{
    /// <summary>A log event of CloudWatch Logs may have 256 KB.</summary>
    internal const int LineBytesMax = 256 * 1024;

    /// <summary>What is kept between two <see cref="Take"/>, with <see cref="LineOverheadBytes"/> for each line.</summary>
    internal const int BytesMax = 4 * 1024 * 1024;

    /// <summary>What a line costs beside its text, so that empty ones cost something. Source: CloudWatch Logs, quotas.</summary>
    private const int LineOverheadBytes = 26;

    private readonly Lock gate = new();
    private readonly ArrayBufferWriter<byte> line = new();
    private List<LogLine> lines = [];
    private long kept;
    private long leftOut;

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        lock (gate)
        {
            while (bytes.Length > 0)
            {
                var newline = bytes.IndexOf((byte)'\n');
                var part = bytes[..(newline < 0 ? bytes.Length : newline + 1)];
                if (line.WrittenCount + part.Length > LineBytesMax)
                {
                    part = part[..(LineBytesMax - line.WrittenCount)];
                }

                line.Write(part);
                bytes = bytes[part.Length..];
                if (part[^1] == '\n' || line.WrittenCount == LineBytesMax)
                {
                    EndLine();
                }
            }
        }
    }

    /// <summary>All lines since the last time, one that has no end yet included.</summary>
    internal List<LogLine> Take()
    {
        lock (gate)
        {
            EndLine();
            if (leftOut > 0)
            {
                lines.Add(new LogLine(
                    time.GetUtcNow(), string.Create(CultureInfo.InvariantCulture, $"[{leftOut} bytes of output left out]\n")));
            }

            var taken = lines;
            lines = [];
            kept = leftOut = 0;
            return taken;
        }
    }

    private void EndLine()
    {
        if (line.WrittenCount == 0)
        {
            return;
        }

        if (kept + line.WrittenCount + LineOverheadBytes > BytesMax)
        {
            leftOut += line.WrittenCount;
        }
        else
        {
            kept += line.WrittenCount + LineOverheadBytes;
            lines.Add(new LogLine(time.GetUtcNow(), Encoding.UTF8.GetString(line.WrittenSpan)));
        }

        line.ResetWrittenCount();
    }
}
