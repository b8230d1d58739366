using System.Globalization;

namespace Storage.Faults.Corruption;

/// <summary>Draws one fault for an image: first the kind, then the file, then the place, all from the seed.</summary>
internal sealed class FaultMaker(Random random, StoreImage image, StoreImage other)
{
    private const int AttemptsMax = 50;
    private const int SectorBytes = 512;
    private const int PageBytes = 4096;
    private const int WordBytes = 8;
    private const int AppendedBytesMax = 6000;

    private readonly string[] names = [.. image.Files.Keys];

    /// <summary>A fault that changes something. The kind is drawn anew when one cannot be had from this image.</summary>
    internal Fault Make()
    {
        while (true)
        {
            var kind = (FaultKind)random.Next(Enum.GetValues<FaultKind>().Length);
            for (var attempt = 0; attempt < AttemptsMax; attempt++)
            {
                if (TryMake(kind) is { } fault)
                {
                    return fault;
                }
            }
        }
    }

    private Fault? TryMake(FaultKind kind)
    {
        var name = names[random.Next(names.Length)];
        var bytes = (byte[])image.Files[name].Clone();
        switch (kind)
        {
            case FaultKind.BitFlipped:
                var flipped = Place(bytes, 1);
                return Changed(kind, name, bytes, flipped, 1, at => at[0] ^= (byte)(1 << random.Next(8)));
            case FaultKind.ByteChanged:
                return Changed(kind, name, bytes, Place(bytes, 1), 1, at => at[0] += (byte)random.Next(1, 256));
            case FaultKind.WordsSwapped:
                return SwapWords(name, bytes);
            case FaultKind.SectorZeroed:
                return Changed(kind, name, bytes, Place(bytes, SectorBytes), SectorBytes, at => at.Clear());
            case FaultKind.PageZeroed:
                return Changed(kind, name, bytes, Place(bytes, PageBytes), PageBytes, at => at.Clear());
            case FaultKind.BlockMisdirected:
                return CopyBlock(kind, name, bytes, name);
            case FaultKind.BlockOfAnotherFile:
                var source = names[random.Next(names.Length)];
                return source == name ? null : CopyBlock(kind, name, bytes, source);
            case FaultKind.Truncated:
                return Replaced(kind, name, bytes[..random.Next(bytes.Length + 1)], "");
            case FaultKind.Emptied:
                return Replaced(kind, name, [], "");
            case FaultKind.Missing:
                return new Fault(kind, $"{name} is missing", [name], image.Files.Remove(name));
            case FaultKind.Older:
                var copies = image.Older.Where(files => files.ContainsKey(name)).ToList();
                return copies.Count == 0 ? null : Replaced(kind, name, copies[random.Next(copies.Count)][name], "");
            case FaultKind.OfAnotherStore:
                return other.Files.TryGetValue(name, out var foreign) ? Replaced(kind, name, foreign, $" ({other.Name})") : null;
            case FaultKind.NamesSwapped:
                return SwapNames(name, names[random.Next(names.Length)]);
            case FaultKind.BytesAppended:
                return Replaced(kind, name, [.. bytes, .. Garbage()], "");
            default:
                return AddFile();
        }
    }

    private Fault? Replaced(FaultKind kind, string name, byte[] bytes, string more) =>
        bytes.AsSpan().SequenceEqual(image.Files[name])
            ? null
            : new Fault(
                kind,
                FormattableString.Invariant($"{name}, {image.Files[name].Length} bytes, has {bytes.Length}: {kind}{more}"),
                [name],
                image.Files.SetItem(name, bytes));

    private Fault? Changed(FaultKind kind, string name, byte[] bytes, int offset, int length, SpanAction change)
    {
        if (offset >= bytes.Length)
        {
            return null;
        }

        var end = Math.Min(bytes.Length, offset + length);
        change(bytes.AsSpan(offset..end));
        return bytes.AsSpan().SequenceEqual(image.Files[name])
            ? null
            : new Fault(
                kind,
                FormattableString.Invariant($"{kind} at offset {offset} to {end} of {name}"),
                [name],
                image.Files.SetItem(name, bytes));
    }

    /// <summary>A place in a file, aligned; mostly one in front of the zeros at its end.</summary>
    private int Place(byte[] bytes, int alignment)
    {
        var used = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        var end = random.Next(5) == 0 ? bytes.Length : Math.Min(bytes.Length, used + 16);
        return end == 0 ? 0 : random.Next(end) / alignment * alignment;
    }

    private Fault? SwapWords(string name, byte[] bytes)
    {
        var one = Place(bytes, WordBytes);
        var two = random.Next(2) == 0 ? one + WordBytes : Place(bytes, WordBytes);
        if (Math.Max(one, two) + WordBytes > bytes.Length)
        {
            return null;
        }

        var word = bytes[two..(two + WordBytes)];
        bytes.AsSpan(one, WordBytes).CopyTo(bytes.AsSpan(two));
        return Changed(FaultKind.WordsSwapped, name, bytes, one, WordBytes, at => word.CopyTo(at)) is { } fault
            ? fault with { Text = FormattableString.Invariant($"the words at offsets {one} and {two} of {name} are swapped") }
            : null;
    }

    private Fault? CopyBlock(FaultKind kind, string name, byte[] bytes, string sourceName)
    {
        var length = random.Next(3) switch { 0 => SectorBytes, 1 => PageBytes, _ => PageBytes * 2 };
        var source = image.Files[sourceName];
        var from = Place(source, Math.Min(length, PageBytes));
        var to = Place(bytes, Math.Min(length, PageBytes));
        var block = source.AsSpan(from, Math.Min(length, source.Length - from)).ToArray();
        return Changed(kind, name, bytes, to, block.Length, at => block.AsSpan(0, at.Length).CopyTo(at)) is { } fault
            ? fault with { Text = FormattableString.Invariant($"{fault.Text} is offset {from} of {sourceName}") }
            : null;
    }

    private Fault? SwapNames(string one, string two)
    {
        var (first, second) = (image.Files[one], image.Files[two]);
        return first.AsSpan().SequenceEqual(second)
            ? null
            : new Fault(
                FaultKind.NamesSwapped, $"{one} and {two} are swapped", [one, two], image.Files.SetItem(one, second).SetItem(two, first));
    }

    private Fault? AddFile()
    {
        var number = random.Next(40).ToString("D8", CultureInfo.InvariantCulture);
        var name = random.Next(6) switch
        {
            0 => "notes.txt",
            1 => number + ".run",
            2 => number + ".history",
            3 => "MANIFEST.new",
            _ => number + ".log",
        };
        if (image.Files.ContainsKey(name))
        {
            return null;
        }

        var content = random.Next(4) switch
        {
            0 => [],
            1 => Garbage(),
            2 => other.Files[other.Files.Keys.ElementAt(random.Next(other.Files.Count))],
            _ => image.Files[names[random.Next(names.Length)]],
        };
        return new Fault(
            FaultKind.StrayFile,
            FormattableString.Invariant($"{name} of {content.Length} bytes was added"),
            [name],
            image.Files.SetItem(name, content));
    }

    private byte[] Garbage()
    {
        var bytes = new byte[random.Next(1, AppendedBytesMax)];
        random.NextBytes(bytes);
        return bytes;
    }

    private delegate void SpanAction(Span<byte> bytes);
}
