using System.Buffers.Binary;
using CsCheck;
using Storage.Engine.Partitions;
using Xunit;

namespace Storage.Tests.Partitions;

/// <summary>Blocks are verified when they come in; what has passed is read without further checks.</summary>
public sealed class RunBlockTests
{
    private static readonly RunChecksum Checksum = new(RunFixture.Store, 1);

    [Fact]
    public void A_block_with_a_right_checksum_and_impossible_content_is_refused_or_readable()
    {
        var refused = 0;
        var change = Gen.Select(Gen.Int[8, 2000], Gen.Byte);
        Gen.Select(Gen.Int[1, 20], Gen.Int[0, 3], change.Array[1, 3]).Sample(
            (count, kind, changes) =>
            {
                var block = Block(count, kind);
                foreach (var (at, value) in changes)
                {
                    block[8 + (at % (block.Length - 8))] = value;
                }

                Checksum.Stamp(10_000, block);
                if (RunBlock.FaultOf(block, 10_000, Checksum) is not null)
                {
                    refused++;
                    return;
                }

                if (RunBlock.KindOf(block) == RunBlockKind.Filter)
                {
                    return;
                }

                var view = new RunBlock(block);
                for (var i = 0; i < view.Count; i++)
                {
                    view.Read(i, out var suffix, out var value);
                    Assert.True(view.Prefix.Length + suffix.Length <= RunBlock.KeyBytesMax);
                    if (RunBlock.KindOf(block) == RunBlockKind.Index)
                    {
                        Assert.True(RunReference.Read(value).End <= 10_000);
                    }
                }
            },
            iter: 20_000,
            threads: 1);
        Assert.True(refused > 5000);
    }

    [Fact]
    public void A_block_belongs_to_one_place_of_one_file_of_one_store()
    {
        var block = Block(5, 0);
        Checksum.Stamp(512, block);
        Assert.Null(RunBlock.FaultOf(block, 512, Checksum));
        Assert.NotNull(RunBlock.FaultOf(block, 513, Checksum));
        Assert.NotNull(RunBlock.FaultOf(block, 512, new RunChecksum(RunFixture.Store, 2)));
        Assert.NotNull(RunBlock.FaultOf(block, 512, new RunChecksum(Guid.Empty, 1)));
        Assert.NotNull(RunBlock.FaultOf(block.AsSpan(0, block.Length - 1), 512, Checksum));
        Assert.NotNull(RunBlock.FaultOf(default, 512, Checksum));
    }

    [Theory]
    [InlineData(65_000)]
    [InlineData(65_480)]
    [InlineData(65_494)]
    [InlineData(65_495)]
    [InlineData(65_496)]
    [InlineData(65_536)]
    [InlineData(500_000)]
    public void Offsets_are_wide_enough_whatever_the_length_of_a_block(int valueBytes)
    {
        var builder = new RunBlockBuilder(bytesMax: 64, entriesMin: 2);
        builder.Add([1, 2, 3], new byte[valueBytes]);
        builder.Add([1, 2, 4], [9]);
        var block = builder.Close(RunBlockKind.Data, 0);
        Checksum.Stamp(0, block);
        Assert.Null(RunBlock.FaultOf(block, 0, Checksum));
        var view = new RunBlock(block);
        Assert.Equal(1, view.LowerBound([1, 2, 4], out var found));
        Assert.True(found);
        Assert.Equal([9], view.Value(1).ToArray());
        Assert.Equal(valueBytes, view.Value(0).Length);
    }

    private static byte[] Block(int count, int kind)
    {
        if (kind == 3)
        {
            var filter = new byte[256];
            RunFilter.WriteHeader(filter);
            return filter;
        }

        var builder = new RunBlockBuilder(8192, 1);
        Span<byte> key = stackalloc byte[4];
        for (var i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(key, i);
            var reference = new byte[RunReference.SizeBytes];
            new RunReference(i * 100, 100, 0).Write(reference);
            builder.Add(key, kind switch { 0 => new byte[i], 1 => reference, _ => new byte[RunTableStatistics.SizeBytes] });
        }

        return [.. builder.Close(kind switch { 0 => RunBlockKind.Data, 1 => RunBlockKind.Index, _ => RunBlockKind.Statistics }, kind == 1 ? 1 : 0)];
    }
}
