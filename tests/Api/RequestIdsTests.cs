using Storage.Engine.Api;
using Xunit;

namespace Storage.Tests.Api;

public sealed class RequestIdsTests
{
    [Fact]
    public void Ids_are_52_letters_and_digits_and_differ_also_between_threads()
    {
        var source = new RequestIds(seed: 1);
        var ids = ParallelEnumerable.Range(0, 20_000).Select(_ => source.Next()).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[0-9A-V]{52}$", id));
    }

    [Fact]
    public void The_same_seed_gives_the_same_ids()
    {
        Assert.Equal(new RequestIds(7).Next(), new RequestIds(7).Next());
        Assert.NotEqual(new RequestIds(7).Next(), new RequestIds(8).Next());
    }
}
