using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;

namespace Storage.Server.Transfer;

/// <summary>
/// Cuts a file of DynamoDB JSON lines, plain or gzipped, into batches. Lines stay bytes: an item's are copied from the
/// file's buffer straight into the request's body.
/// </summary>
internal sealed class ItemBatchReader : IAsyncDisposable
{
    /// <summary>Longer than any item of 400 KB can be written, every character escaped.</summary>
    private const int LineBytesMax = 4 * 1024 * 1024;

    private readonly FileStream file;
    private readonly PipeReader lines;
    private readonly string table;
    private readonly BadLines badLines;
    private long lineNumber;
    private bool finished;

    private ItemBatchReader(FileStream file, Stream content, string table, BadLines badLines)
    {
        this.file = file;
        this.table = table;
        this.badLines = badLines;
        lines = PipeReader.Create(content, new StreamPipeReaderOptions(bufferSize: 128 * 1024));
    }

    /// <summary>Bytes of the file.</summary>
    internal long FileBytes => file.Length;

    /// <summary>Bytes of the file read so far.</summary>
    internal long FileBytesRead => file.Position;

    /// <exception cref="IOException">The file cannot be opened.</exception>
    internal static ItemBatchReader Open(string path, string table, BadLines badLines)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 64 * 1024);
        Span<byte> magic = stackalloc byte[2];
        var gzipped = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic.SequenceEqual<byte>([0x1F, 0x8B]);
        file.Position = 0;
        return new ItemBatchReader(
            file, gzipped ? new GZipStream(file, CompressionMode.Decompress) : file, table, badLines);
    }

    /// <summary>The next batch, or null at the end of the file.</summary>
    /// <exception cref="TransferException">A line is too long to be an item.</exception>
    /// <exception cref="InvalidDataException">The gzip file is damaged.</exception>
    internal async ValueTask<ItemBatch?> ReadAsync(CancellationToken cancellation)
    {
        var batch = ItemBatch.For(table);
        while (!finished && !batch.IsFull)
        {
            var result = await lines.ReadAsync(cancellation);
            var rest = result.Buffer;
            var full = TakeLines(batch, ref rest, result.IsCompleted);
            finished = result.IsCompleted && rest.IsEmpty;
            if (rest.Length > LineBytesMax && !full)
            {
                throw new TransferException($"Line {lineNumber + 1} is longer than {LineBytesMax} bytes.");
            }

            // A full batch leaves whole lines unexamined, so that the next read returns at once.
            lines.AdvanceTo(rest.Start, full ? rest.Start : rest.End);
            if (full)
            {
                break;
            }
        }

        return batch.Count > 0 ? batch : null;
    }

    public async ValueTask DisposeAsync()
    {
        await lines.CompleteAsync();
        await file.DisposeAsync();
    }

    /// <summary>Moves lines from the buffer into the batch; true when the batch takes no more.</summary>
    private bool TakeLines(ItemBatch batch, ref ReadOnlySequence<byte> buffer, bool last)
    {
        while (!batch.IsFull && !buffer.IsEmpty)
        {
            var end = buffer.PositionOf((byte)'\n');
            if (end is null && !last)
            {
                return false;
            }

            var line = end is null ? buffer : buffer.Slice(0, end.Value);
            if (!batch.Fits(line.Length))
            {
                if (batch.Count > 0)
                {
                    return true;
                }

                throw new TransferException($"Line {lineNumber + 1} is longer than {ItemBatch.BytesMax} bytes.");
            }

            lineNumber++;
            if (!IsBlank(line))
            {
                if (ItemLine.TryFindItem(line, out var item) is { } fault)
                {
                    badLines.Add(lineNumber, fault);
                }
                else
                {
                    batch.Add(lineNumber, item);
                }
            }

            buffer = end is null ? buffer.Slice(buffer.End) : buffer.Slice(buffer.GetPosition(1, end.Value));
        }

        return batch.IsFull;
    }

    private static bool IsBlank(ReadOnlySequence<byte> line)
    {
        foreach (var segment in line)
        {
            if (segment.Span.ContainsAnyExcept((byte)' ', (byte)'\t', (byte)'\r'))
            {
                return false;
            }
        }

        return true;
    }
}
