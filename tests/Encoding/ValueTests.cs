using CsCheck;
using Storage.Engine.Encoding;
using Storage.Engine.Model;
using Xunit;

namespace Storage.Tests.Encoding;

public sealed class ValueTests
{
    // Few letters and long common beginnings: many names tie in their first eight bytes, zeros included.
    private static readonly Gen<string> Names = Gen.Select(
        Gen.Int[0, 2].Select(kind => kind == 0 ? string.Empty : kind == 1 ? "attribu" : "attribute"),
        Gen.String[Gen.Char["\0abZ\u007F"], 0, 5],
        (beginning, end) => beginning + end);

    [Fact]
    public void Scalars_come_back_as_they_were_written()
    {
        using var writer = ValueWriter.Rent();
        var list = writer.Begin(ValueTag.List);
        writer.BeginElement();
        writer.WriteNull();
        writer.BeginElement();
        writer.WriteBoolean(true);
        writer.BeginElement();
        writer.WriteBoolean(false);
        writer.BeginElement();
        writer.WriteString("caf\u00E9"u8);
        writer.BeginElement();
        writer.WriteBinary([0, 255]);
        writer.BeginElement();
        Assert.Equal(NumberResult.Valid, writer.WriteNumberText("42.10"u8));
        Assert.Equal(NumberResult.Malformed, writer.WriteNumberText("x"u8));
        Assert.True(writer.End(list));

        var value = new ValueView(writer.Written);
        Assert.Equal(writer.Length, value.Encoded.Length);
        Assert.Equal((AttributeType.L, 6), (value.Type, value.Count));
        Assert.Equal(AttributeType.NULL, At(value, 0).Type);
        Assert.True(At(value, 1).Boolean);
        Assert.False(At(value, 2).Boolean);
        Assert.Equal("caf\u00E9"u8, At(value, 3).Scalar);
        Assert.Equal(new byte[] { 0, 255 }, At(value, 4).Scalar);
        Assert.Equal("42.1", NumberOracle.Format(At(value, 5).Scalar));
        Assert.False(value.TryGetElement(6, out _));
        Assert.False(value.TryGetElement(-1, out _));
        Assert.Equal(3 + 6 + 1 + 1 + 1 + 5 + 2 + 3, value.SizeBytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(16_383)]
    [InlineData(16_384)]
    [InlineData(400_000)]
    public void A_scalar_of_a_length_found_late_is_the_same_as_one_written_whole(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        using var whole = ValueWriter.Rent();
        whole.WriteBinary(content);
        foreach (var spare in (int[])[0, 1, 3 * length, 20_000])
        {
            using var late = ValueWriter.Rent();
            content.CopyTo(late.BeginScalar(length + spare));
            late.EndScalar(ValueTag.Binary, length);
            Assert.Equal(whole.Written, late.Written);
            Assert.Equal(content, new ValueView(late.Written).Scalar);
        }
    }

    [Fact]
    public void A_map_is_the_same_in_whatever_order_its_members_come() =>
        Gen.Select(Names, Gen.Int).Array[0, 80].Select(Gen.Int).Sample(
            (members, seed) =>
            {
                var distinct = members.DistinctBy(member => member.Item1).ToArray();
                var shuffled = distinct.ToArray();
                new Random(seed).Shuffle(shuffled);
                using var one = ValueWriter.Rent();
                using var other = ValueWriter.Rent();
                Assert.True(WriteMap(one, distinct, lateNames: false));
                Assert.True(WriteMap(other, shuffled, lateNames: true));
                Assert.Equal(one.Written, other.Written);
                Assert.True(new ValueView(one.Written).ValueEquals(new ValueView(other.Written)));

                var map = new ValueView(one.Written);
                Assert.Equal(distinct.Length, map.Count);
                foreach (var (name, number) in distinct)
                {
                    Assert.True(map.TryGetMember(System.Text.Encoding.UTF8.GetBytes(name), out var value));
                    Assert.Equal(number.ToString(), NumberOracle.Format(value.Scalar));
                }

                Assert.False(map.TryGetMember("longer"u8, out _));
                var names = new List<string>();
                foreach (var member in map.Members)
                {
                    names.Add(System.Text.Encoding.UTF8.GetString(member.Name));
                }

                Assert.Equal(distinct.Select(member => member.Item1).Order(StringComparer.Ordinal), names);
                if (distinct.Length > 0)
                {
                    using var repeated = ValueWriter.Rent();
                    Assert.False(WriteMap(repeated, [.. shuffled, distinct[0]], lateNames: false));
                }
            },
            iter: 500);

    /// <summary>"The order of the values within a set is not preserved"; each must be unique. Developer Guide, Sets.</summary>
    [Fact]
    public void A_set_is_the_same_in_whatever_order_its_elements_come_and_tells_repeated_ones() =>
        Gen.Int[-60, 60].Array[1, 60].Select(Gen.Int).Sample(
            (numbers, seed) =>
            {
                var distinct = numbers.Distinct().ToArray();
                var shuffled = distinct.ToArray();
                new Random(seed).Shuffle(shuffled);
                using var one = ValueWriter.Rent();
                using var other = ValueWriter.Rent();
                Assert.True(WriteSet(one, distinct, "0.0"));
                Assert.True(WriteSet(other, shuffled, "e-1"));
                Assert.Equal(one.Written, other.Written);
                var set = new ValueView(one.Written);
                var read = new List<int>();
                foreach (var element in set.Elements)
                {
                    read.Add(int.Parse(NumberOracle.Format(element.Scalar)) / 10);
                    Assert.True(set.ContainsElement(element));
                }

                Assert.Equal(distinct.Order(), read);
                using var all = ValueWriter.Rent();
                Assert.Equal(distinct.Length == numbers.Length, WriteSet(all, numbers, "0"));
            },
            iter: 500);

    [Fact]
    public void Containers_inside_containers_are_sorted_each_by_itself()
    {
        using var one = ValueWriter.Rent();
        using var other = ValueWriter.Rent();
        Write(one, ["a", "b"], ["x", "y"]);
        Write(other, ["b", "a"], ["y", "x"]);
        Assert.Equal(one.Written, other.Written);

        static void Write(ValueWriter writer, string[] outer, string[] inner)
        {
            var map = writer.Begin(ValueTag.Map);
            foreach (var name in outer)
            {
                writer.BeginMember(System.Text.Encoding.UTF8.GetBytes(name));
                var list = writer.Begin(ValueTag.List);
                writer.BeginElement();
                var set = writer.Begin(ValueTag.StringSet);
                foreach (var element in inner)
                {
                    writer.BeginElement();
                    writer.WriteString(System.Text.Encoding.UTF8.GetBytes(element + name));
                }

                Assert.True(writer.End(set));
                Assert.True(writer.End(list));
            }

            Assert.True(writer.End(map));
        }
    }

    [Fact]
    public void What_is_truncated_leaves_no_element_behind()
    {
        using var writer = ValueWriter.Rent();
        var list = writer.Begin(ValueTag.List);
        writer.BeginElement();
        writer.WriteString("kept"u8);
        var position = writer.Length;
        writer.BeginElement();
        writer.WriteString("dropped"u8);
        writer.Truncate(position);
        writer.End(list);
        var value = new ValueView(writer.Written);
        Assert.Equal(1, value.Count);
        Assert.Equal("kept"u8, At(value, 0).Scalar);
    }

    [Fact]
    public void A_writer_disposed_twice_is_handed_out_once()
    {
        var writer = ValueWriter.Rent();
        writer.Dispose();
        writer.Dispose();
        var rented = Enumerable.Range(0, 300).Select(_ => ValueWriter.Rent()).ToArray();
        Assert.Equal(rented.Length, rented.Distinct(ReferenceEqualityComparer.Instance).Count());
    }

    /// <summary>Sizes: 1 for null and Boolean, 3 + 1 an element for lists and maps. Developer Guide, item sizes.</summary>
    [Fact]
    public void Sizes_are_those_of_DynamoDB()
    {
        using var writer = ValueWriter.Rent();
        var item = writer.Begin(ValueTag.Map);
        writer.BeginMember("pk"u8);
        writer.WriteString("abc"u8);
        writer.BeginMember("set"u8);
        WriteSet(writer, [1, -200], string.Empty);
        writer.BeginMember("map"u8);
        var map = writer.Begin(ValueTag.Map);
        writer.BeginMember("n"u8);
        writer.WriteNull();
        writer.End(map);
        writer.End(item);
        var view = new ValueView(writer.Written);
        const int Attributes = (2 + 3) + (3 + 2 + 3) + (3 + 3 + 1 + 1 + 1);
        Assert.Equal(Attributes, view.ItemSizeBytes);
        Assert.Equal(3 + 3 + Attributes, view.SizeBytes);
    }

    [Fact]
    public void Damaged_values_end_in_an_exception_and_never_outside_their_bytes()
    {
        using var writer = ValueWriter.Rent();
        Assert.True(WriteMap(writer, [("a", 1), ("b", 2), ("cc", 300)], lateNames: false));
        var whole = writer.Written.ToArray();
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, whole.Length]).Sample(
            (position, change, length) =>
            {
                var damaged = whole.ToArray();
                damaged[position] = change;
                Walk(damaged.AsSpan(0, length));
            },
            iter: 10_000);
        Gen.Byte.Array[0, 60].Sample(bytes => Walk(bytes), iter: 10_000);
    }

    [Fact]
    public void Damaged_bytes_cannot_nest_until_the_stack_ends()
    {
        var bytes = new byte[7 * 100_000];
        for (var i = 0; i < bytes.Length; i += 7)
        {
            var content = bytes.Length - i - 7;
            bytes[i] = (byte)ValueTag.List;
            bytes[i + 1] = (byte)content;
            bytes[i + 2] = (byte)(content >> 8);
            bytes[i + 3] = (byte)(content >> 16);
        }

        Assert.Throws<InvalidDataException>(() => new ValueView(bytes).SizeBytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(16_383)]
    [InlineData(2_097_151)]
    [InlineData(268_435_455)]
    [InlineData(int.MaxValue)]
    public void Integers_take_a_byte_for_seven_bits(int value)
    {
        var room = new byte[VarInt.BytesMax];
        var written = VarInt.Write(room, value);
        var offset = 0;
        Assert.Equal(VarInt.SizeBytes(value), written);
        Assert.Equal(value, VarInt.Read(room, ref offset));
        Assert.Equal(written, offset);
    }

    [Fact]
    public void An_integer_beyond_31_bits_is_damage()
    {
        foreach (var bytes in (byte[][])[[0xFF, 0xFF, 0xFF, 0xFF, 0x08], [0x80, 0x80, 0x80, 0x80, 0x80, 0x01]])
        {
            Assert.Throws<InvalidDataException>(() =>
            {
                var offset = 0;
                return VarInt.Read(bytes, ref offset);
            });
        }
    }

    private static void Walk(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var value = new ValueView(bytes);
            Assert.True(value.Encoded.Length <= bytes.Length);
            _ = value.SizeBytes;
            if (value.Tag.IsContainer())
            {
                value.TryGetMember("cc"u8, out _);
                value.TryGetElement(2, out _);
            }
            else if (value.Type is AttributeType.N)
            {
                NumberOracle.Format(value.Scalar);
            }
        }
        catch (Exception damage) when (damage is InvalidDataException or IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            return;
        }
    }

    private static ValueView At(ValueView list, int index)
    {
        Assert.True(list.TryGetElement(index, out var element));
        return element;
    }

    private static bool WriteMap(ValueWriter writer, (string Name, int Number)[] members, bool lateNames)
    {
        var map = writer.Begin(ValueTag.Map);
        foreach (var (name, number) in members)
        {
            var utf8 = System.Text.Encoding.UTF8.GetBytes(name);
            if (lateNames)
            {
                utf8.CopyTo(writer.BeginMemberName(utf8.Length + 130));
                writer.EndMemberName(utf8.Length);
            }
            else
            {
                writer.BeginMember(utf8);
            }

            writer.WriteNumberText(System.Text.Encoding.UTF8.GetBytes(number.ToString()));
        }

        return writer.End(map);
    }

    private static bool WriteSet(ValueWriter writer, int[] numbers, string suffix)
    {
        var set = writer.Begin(ValueTag.NumberSet);
        foreach (var number in numbers)
        {
            writer.BeginElement();
            writer.WriteNumberText(System.Text.Encoding.UTF8.GetBytes(suffix == "e-1" ? number + "00e-1" : number + suffix));
        }

        return writer.End(set);
    }
}
