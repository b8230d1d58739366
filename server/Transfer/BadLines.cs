namespace Storage.Server.Transfer;

/// <summary>Lines that were not imported, counted; the first few are told. Safe for many threads.</summary>
internal sealed class BadLines(TextWriter errors)
{
    private const int ToldMax = 20;

    private readonly Lock gate = new();
    private long count;

    internal long Count => Interlocked.Read(ref count);

    internal void Add(long line, string reason)
    {
        lock (gate)
        {
            count++;
            if (count <= ToldMax)
            {
                errors.WriteLine($"Line {line}: {reason}");
            }
            else if (count == ToldMax + 1)
            {
                errors.WriteLine("More lines were refused; they are only counted from here on.");
            }
        }
    }
}
