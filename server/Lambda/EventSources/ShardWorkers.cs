namespace Storage.Server.Lambda.EventSources;

/// <summary>The lanes of all shards of a mapping, from when they are started until they have ended.</summary>
internal sealed class ShardWorkers : IDisposable
{
    private readonly CancellationTokenSource stopping;
    private readonly CancellationTokenSource abandoning = new();
    private readonly IReadOnlyList<ShardProgress> shards;
    private readonly Lock gate = new();
    private bool isDisposed;

    private ShardWorkers(int factor, IReadOnlyList<ShardProgress> shards, CancellationToken stopping)
    {
        Factor = factor;
        this.shards = shards;
        this.stopping = CancellationTokenSource.CreateLinkedTokenSource(stopping);
    }

    internal int Factor { get; }

    internal bool IsStopped { get; private set; }

    /// <summary>Completes when all lanes have ended: they were stopped, or the stream has.</summary>
    internal Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Starts the lanes where their checkpoints are, or at the mapping's start.</summary>
    /// <param name="work">The mapping.</param>
    /// <param name="shardIds">Its stream's shards.</param>
    /// <param name="stopping">Stops the lanes, as <see cref="Stop"/> does.</param>
    internal static async ValueTask<ShardWorkers> StartAsync(
        MappingWork work, IReadOnlyList<string> shardIds, CancellationToken stopping)
    {
        var mapping = work.Plan.Mapping;
        var start = mapping.Start ?? throw new InvalidOperationException("A mapping without a start is not enabled.");
        var factor = mapping.ParallelizationFactor;
        var shards = new List<ShardProgress>(shardIds.Count);
        foreach (var shardId in shardIds)
        {
            var checkpoint = await work.Table.FindCheckpointAsync(mapping.Uuid, shardId, stopping);
            shards.Add(new ShardProgress(work, shardId, checkpoint?.WithFactor(factor) ?? ShardCheckpoint.At(start, factor)));
        }

        var workers = new ShardWorkers(factor, shards, stopping);
        var lanes = new List<Task>(shards.Count * factor);
        foreach (var shard in shards)
        {
            for (var lane = 0; lane < factor; lane++)
            {
                var running = new StreamLane(work, shard, lane);
                lanes.Add(Task.Run(() => running.RunAsync(workers.stopping.Token, workers.abandoning.Token), CancellationToken.None));
            }
        }

        workers.Completion = workers.EndAsync(Task.WhenAll(lanes));
        return workers;
    }

    /// <summary>No lane calls the function any more; <see cref="Completion"/> follows when the calls under way have ended.</summary>
    internal void Stop()
    {
        IsStopped = true;
        stopping.Cancel();
    }

    /// <summary>Gives up the calls under way too; what they were given comes again. A timer may come too late: no harm.</summary>
    internal void Abandon()
    {
        lock (gate)
        {
            if (!isDisposed)
            {
                stopping.Cancel();
                abandoning.Cancel();
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
            stopping.Dispose();
            abandoning.Dispose();
        }
    }

    /// <summary>Keeps what lanes without records of their own have passed over, so that it need not be read again.</summary>
    private async Task EndAsync(Task lanes)
    {
        await lanes;
        foreach (var shard in shards)
        {
            await shard.SaveAsync();
        }
    }
}
