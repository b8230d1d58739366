using CsCheck;
using Xunit;

namespace Storage.Tests.Partitions;

/// <summary>"An ordered tree over packed key bytes; compare what follows a node's shared prefix first. Long keys need overflow." The design, Memory.</summary>
public sealed class SortedMemoryModelTests
{
    private static readonly Gen<byte[]> Short = Gen.Byte[0, 3].Array[0, 4];

    // Few distinct bytes and long common beginnings, so that prefixes shift and keys are often prefixes of each other.
    private static readonly Gen<byte[]> Prefixed =
        Gen.Select(AnyOf(0, 3, 12, 60, 700, 760, 768, 2000), Gen.Byte[0, 1], Gen.Byte.Array[0, 12])
            .Select((length, fill, tail) => Concatenate(length, fill, tail));

    private static readonly Gen<byte[]> Long =
        Gen.Select(AnyOf(764, 767, 768, 769, 1500, 4096, 8192), Gen.Byte[0, 2], Gen.Byte.Array[0, 3])
            .Select((length, fill, tail) => Concatenate(length, fill, tail));

    private static readonly Gen<byte[]> Random = Gen.Byte.Array[16, 40];

    private static readonly Gen<byte[]> AnyKey = Gen.Frequency((2, Short), (3, Prefixed), (1, Long), (6, Random));

    private static readonly Gen<byte[]> Value = Gen.Select(
            Gen.Frequency((8, Gen.Int[0, 40]), (3, Gen.Int[100, 1200]), (1, AnyOf(4096, 131_072, 131_073, 140_000))), Gen.Byte)
        .Select((length, fill) => Concatenate(length, fill, []));

    [Fact]
    public void The_tree_agrees_with_a_sorted_dictionary_under_random_operations()
    {
        var operation = Gen.Select(Gen.Int[0, 9], AnyKey, AnyKey, Value, Gen.Int[1, 100], AnyOf(1, 200, 5000, int.MaxValue));
        operation.Array[1, 400].Sample(
            operations =>
            {
                var model = new SortedModel();
                foreach (var (kind, key, other, value, entriesMax, bytesMax) in operations)
                {
                    Apply(model, kind, key, other, value, entriesMax, bytesMax);
                }

                model.CheckAll();
            },
            iter: 200,
            threads: 1);
    }

    [Fact]
    public void A_tree_of_several_levels_agrees_with_a_sorted_dictionary_while_it_grows_and_shrinks()
    {
        Gen.Select(Gen.Int[0, int.MaxValue], AnyOf(0, 1, 2, 3)).Sample(
            (seed, shape) =>
            {
                var random = new Random(seed);
                var model = new SortedModel();
                var keys = Enumerable.Range(0, 3000).Select(i => KeyOf(shape, i, random)).ToArray();
                if (shape != 3)
                {
                    random.Shuffle(keys);
                }

                foreach (var key in keys)
                {
                    model.Put(key, new byte[random.Next(20)]);
                }

                model.CheckAll();
                for (var i = 0; i < 60; i++)
                {
                    var (a, b) = (keys[random.Next(keys.Length)], keys[random.Next(keys.Length)]);
                    model.ReadForward(a, b, random.Next(1, 300), random.Next(1, 20_000));
                    model.ReadBackward(a, b, random.Next(1, 300), random.Next(1, 20_000));
                }

                // A range at a time, so that leaves and inner nodes empty one after the other.
                Array.Sort(keys, ByteOrder.Instance);
                var start = random.Next(keys.Length);
                for (var i = 0; i < keys.Length; i++)
                {
                    model.Remove(keys[(start + i) % keys.Length]);
                    if (i % 500 == 499)
                    {
                        model.CheckAll();
                    }
                }

                Assert.Equal(0, model.Count);
                Assert.True(model.Tree.UsedBytes < 1024);
            },
            iter: 12,
            threads: 1);
    }

    private static Gen<int> AnyOf(params int[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static void Apply(
        SortedModel model, int kind, byte[] key, byte[] other, byte[] value, int entriesMax, int bytesMax)
    {
        switch (kind)
        {
            case < 5:
                model.Put(key, value);
                break;
            case < 7:
                model.Remove(key);
                break;
            case 7:
                model.Get(key);
                break;
            case 8:
                model.ReadForward(key, other, entriesMax, bytesMax);
                break;
            default:
                model.ReadBackward(key, other, entriesMax, bytesMax);
                break;
        }
    }

    private static byte[] KeyOf(int shape, int number, Random random)
    {
        var tail = new byte[shape == 2 ? 24 : 12];
        random.NextBytes(tail);
        return shape switch
        {
            0 => tail,
            1 => Concatenate(random.Next(2) == 0 ? 300 : 900, (byte)random.Next(3), tail),
            2 => Concatenate(random.Next(750, 790), 7, tail),
            _ => [0, 0, 0, 9, (byte)(number >> 16), (byte)(number >> 8), (byte)number, .. tail],
        };
    }

    private static byte[] Concatenate(int length, byte fill, byte[] tail)
    {
        var bytes = new byte[length + tail.Length];
        bytes.AsSpan(0, length).Fill(fill);
        tail.CopyTo(bytes, length);
        return bytes;
    }
}
