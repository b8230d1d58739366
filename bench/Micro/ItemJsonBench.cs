using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Storage.Engine.Api;
using Storage.Engine.Encoding;

namespace Storage.Bench.Micro;

/// <summary>An item of ten attributes and 1 KB from its JSON to bytes and back.</summary>
[MemoryDiagnoser]
public class ItemJsonBench : IDisposable
{
    private readonly ArrayBufferWriter<byte> output = new(64 * 1024);
    private ReadOnlySequence<byte> text;
    private byte[] item = [];
    private Utf8JsonWriter json = null!;

    [GlobalSetup]
    public void Setup()
    {
        var filling = new string('x', 100);
        text = new ReadOnlySequence<byte>(System.Text.Encoding.UTF8.GetBytes(
            """
            {"pk":{"S":"user#0000000001"},"sk":{"N":"1234567890"},"name":{"S":"Nina Simone"},"active":{"BOOL":true},
            "score":{"N":"-12345.67"},"field0":{"S":"FILLINGFILLING"},"field1":{"S":"FILLINGFILLING"},
            "field2":{"S":"FILLINGFILLING"},"tags":{"SS":["alpha","beta","gamma"]},
            "nested":{"M":{"a":{"S":"FILLING"},"b":{"L":[{"N":"1"},{"N":"2"}]}}}}
            """.Replace("FILLING", filling, StringComparison.Ordinal)));
        using var writer = ValueWriter.Rent();
        ReadInto(writer);
        item = writer.Written.ToArray();
        json = new Utf8JsonWriter(
            output,
            new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
    }

    [Benchmark]
    public int Read()
    {
        using var writer = ValueWriter.Rent();
        ReadInto(writer);
        return writer.Length;
    }

    [Benchmark]
    public long Write()
    {
        output.ResetWrittenCount();
        json.Reset(output);
        AttributeValueWriter.WriteItem(json, item);
        json.Flush();
        return output.WrittenCount;
    }

    [Benchmark]
    public int Size() => new ValueView(item).ItemSizeBytes;

    [Benchmark]
    public bool FindMember() => new ValueView(item).TryGetMember("sk"u8, out _);

    [GlobalCleanup]
    public void Dispose()
    {
        json.Dispose();
        GC.SuppressFinalize(this);
    }

    private void ReadInto(ValueWriter writer)
    {
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = AttributeValueReader.JsonDepthMax });
        reader.Read();
        AttributeValueReader.ReadItem(ref reader, writer);
    }
}
