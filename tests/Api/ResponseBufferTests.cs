using System.Buffers;
using CsCheck;
using Storage.Engine.Api;
using Xunit;

namespace Storage.Tests.Api;

public sealed class ResponseBufferTests
{
    [Fact]
    public void What_is_written_in_pieces_of_any_size_is_there_whole() =>
        Gen.Byte.Array[0, 20_000].Array[0, 8].Sample(
            pieces =>
            {
                using var buffer = new ResponseBuffer();
                foreach (var piece in pieces)
                {
                    buffer.Write(piece);
                }

                return buffer.Written.Span.SequenceEqual(pieces.SelectMany(piece => piece).ToArray());
            },
            iter: 50);

    /// <summary>The check value of CRC-32/ISO-HDLC, the one that x-amz-crc32 is.</summary>
    [Fact]
    public void The_checksum_is_the_CRC_32_of_zlib()
    {
        using var buffer = new ResponseBuffer();
        buffer.Write("123456789"u8);
        Assert.Equal(0xCBF43926, buffer.Crc32);
    }

    [Fact]
    public void After_dispose_it_is_unusable()
    {
        var buffer = new ResponseBuffer();
        buffer.Dispose();
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => buffer.GetSpan(1));
    }
}
