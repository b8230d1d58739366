using BenchmarkDotNet.Attributes;
using Storage.Engine.Encoding;

namespace Storage.Bench.Micro;

/// <summary>Numbers from text to order-preserving bytes and back: the common short ones and the longest.</summary>
[MemoryDiagnoser]
public class NumberCodecBench
{
    private readonly byte[] destination = new byte[NumberCodec.TextBytesMax];
    private byte[] text = [];
    private byte[] encoded = [];
    private byte[] one = [];

    [Params("7", "1234567890", "-12345.67", "99999999999999999999999999999999999999")]
    public string Number { get; set; } = "0";

    [GlobalSetup]
    public void Setup()
    {
        text = System.Text.Encoding.UTF8.GetBytes(Number);
        encoded = Encode(text);
        one = Encode("1"u8);
    }

    [Benchmark]
    public int Read()
    {
        NumberCodec.TryEncode(text, destination, out var written);
        return written;
    }

    [Benchmark]
    public int Write() => NumberCodec.Format(encoded, destination);

    [Benchmark]
    public int AddOne()
    {
        NumberCodec.TryAdd(encoded, one, subtract: false, destination, out var written);
        return written;
    }

    [Benchmark]
    public int Size() => NumberCodec.SizeBytes(encoded);

    private static byte[] Encode(ReadOnlySpan<byte> text)
    {
        Span<byte> room = stackalloc byte[NumberCodec.EncodedBytesMax];
        NumberCodec.TryEncode(text, room, out var written);
        return room[..written].ToArray();
    }
}
