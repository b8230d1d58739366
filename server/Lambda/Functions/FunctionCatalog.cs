using System.Collections.Concurrent;
using Storage.Engine;
using Storage.Server.Blobs;

namespace Storage.Server.Lambda.Functions;

/// <summary>
/// The stored functions, found fast. It is the only writer of its items, and keeps two things in memory that follow
/// them: the targets of recent calls, dropped at every change, and the reserved concurrency of all functions.
/// </summary>
internal sealed class FunctionCatalog : IFunctionCatalog, IAsyncDisposable
{
    private readonly Store store;
    private readonly CallTargetCache targets = new();
    private readonly ConcurrentDictionary<string, Task> settling = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock dice = new();
    private readonly Random random;

    internal FunctionCatalog(Store store, BlobStore blobs, LambdaOptions options)
    {
        this.store = store;
        Blobs = blobs;
        Options = options;
        Home = new FunctionHome(store.Options.Region, store.Options.AccountId);
        Table = new FunctionTable(store, blobs, Home, Note);
        Reservations = new ReservedConcurrency(options);
        random = new Random(store.Options.Seed ?? Random.Shared.Next());
    }

    /// <inheritdoc />
    public event Action<string>? Changed;

    /// <inheritdoc />
    public int ReservedConcurrencyTotal => Reservations.Total;

    internal FunctionHome Home { get; }

    internal FunctionTable Table { get; }

    internal BlobStore Blobs { get; }

    internal LambdaOptions Options { get; }

    internal ReservedConcurrency Reservations { get; }

    internal DateTimeOffset Now => store.Options.Time.GetUtcNow();

    /// <inheritdoc />
    /// <exception cref="Aws.AwsException">As <see cref="FindAsync"/>.</exception>
    public string ArnOf(string function, string? qualifier) => FunctionReference.Parse(function, qualifier, Home).QualifiedArn;

    /// <inheritdoc />
    public int? ReservedConcurrency(string name) => Reservations.Of(name);

    /// <summary>Makes the table, finishes what a stop or crash left in between, and learns the reservations.</summary>
    internal async ValueTask StartAsync(CancellationToken cancellation)
    {
        await store.EnsureSystemTableAsync(FunctionKeys.Definition, cancellation).ConfigureAwait(false);
        await foreach (var name in Table.ReadNamesAsync(null, cancellation).ConfigureAwait(false))
        {
            await Table.FinishDeletionAsync(name, cancellation).ConfigureAwait(false);
            await Table.ReadSettledAsync(name, cancellation).ConfigureAwait(false);
            var reservation = await Table.ReadAsync(name, FunctionKeys.Concurrency, cancellation).ConfigureAwait(false);
            if (reservation is not null)
            {
                Reservations.Set(name, (int)reservation["reserved"].AsInt64());
            }
        }
    }

    /// <inheritdoc />
    /// <exception cref="Aws.AwsException">
    /// ValidationException for what is no function's name; InvalidParameterValueException when two qualifiers differ.
    /// </exception>
    public async ValueTask<ResolvedFunction?> FindAsync(string function, string? qualifier, CancellationToken cancellation)
    {
        var reference = FunctionReference.Parse(function, qualifier, Home);
        var target = targets.Find(reference);
        if (target is null)
        {
            var epoch = targets.Epoch;
            target = await ReadTargetAsync(reference, cancellation).ConfigureAwait(false);
            if (target is null)
            {
                return null;
            }

            targets.Add(reference, target, epoch);
        }

        return target.Pick(target.Others.Count == 0 ? 0 : Draw());
    }

    /// <inheritdoc />
    public async ValueTask<EventInvokeConfig?> FindEventInvokeConfigAsync(
        string function, string? qualifier, CancellationToken cancellation)
    {
        var reference = FunctionReference.Parse(function, qualifier, Home);
        var item = await Table.ReadAsync(reference.Name, FunctionKeys.EventInvoke(reference.Qualifier), cancellation)
            .ConfigureAwait(false);
        return item is null ? null : EventInvokeItem.Read(item);
    }

    /// <summary>The version that a qualifier means, for management: an alias's main one. Null when there is none.</summary>
    internal async ValueTask<StoredFunction?> ReadAsync(FunctionReference reference, CancellationToken cancellation)
    {
        var latest = await Table.ReadLatestAsync(reference.Name, cancellation).ConfigureAwait(false);
        if (latest is null)
        {
            return null;
        }

        if (!latest.IsSettled)
        {
            Settle(reference.Name); // again, should the first time have failed
        }

        if (reference.Qualifier is null or FunctionReference.Latest)
        {
            return latest;
        }

        if (FunctionReference.IsVersionNumber(reference.Qualifier))
        {
            return await Table.ReadVersionAsync(reference.Name, reference.Qualifier, cancellation).ConfigureAwait(false);
        }

        var alias = await ReadAliasAsync(reference.Name, reference.Qualifier, cancellation).ConfigureAwait(false);
        return alias is null ? null
            : alias.FunctionVersion == FunctionReference.Latest ? latest
            : await Table.ReadVersionAsync(reference.Name, alias.FunctionVersion, cancellation).ConfigureAwait(false);
    }

    internal async ValueTask<StoredAlias?> ReadAliasAsync(string function, string alias, CancellationToken cancellation)
    {
        var item = await Table.ReadAsync(function, FunctionKeys.Alias(alias), cancellation).ConfigureAwait(false);
        return item is null ? null : StoredAlias.Read(item);
    }

    /// <summary>Says that calls of the function may go another way from now on.</summary>
    internal void RaiseChanged(string name) => Changed?.Invoke(name);

    /// <summary>Takes a function out of the state in between, behind the answer that shows it.</summary>
    internal void Settle(string name)
    {
        if (stopping.IsCancellationRequested)
        {
            return;
        }

        var task = new Task<Task>(() => SettleAsync(name));
        if (settling.TryAdd(name, task.Unwrap()))
        {
            task.Start(TaskScheduler.Default);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(settling.Values).ConfigureAwait(false);
        Reservations.Dispose();
        stopping.Dispose();
    }

    /// <summary>Follows the table, which calls this after every write of a function's items.</summary>
    private void Note(string name, bool isContent)
    {
        targets.Drop(name);
        if (isContent)
        {
            RaiseChanged(name);
        }
    }

    private async Task SettleAsync(string name)
    {
        try
        {
            await Table.ReadSettledAsync(name, stopping.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Whoever needs the function next, or the next start, settles it and sees why this failed.
        }
        finally
        {
            settling.TryRemove(name, out _);
        }
    }

    private double Draw()
    {
        lock (dice)
        {
            return random.NextDouble();
        }
    }

    private async ValueTask<CallTarget?> ReadTargetAsync(FunctionReference reference, CancellationToken cancellation)
    {
        var latest = await Table.ReadSettledAsync(reference.Name, cancellation).ConfigureAwait(false);
        if (latest is null)
        {
            return null;
        }

        var arn = reference.QualifiedArn;
        if (reference.Qualifier is null or FunctionReference.Latest)
        {
            return new CallTarget(arn, latest.Version, []);
        }

        if (FunctionReference.IsVersionNumber(reference.Qualifier))
        {
            var version = await Table.ReadVersionAsync(reference.Name, reference.Qualifier, cancellation).ConfigureAwait(false);
            return version is null ? null : new CallTarget(arn, version.Version, []);
        }

        var alias = await ReadAliasAsync(reference.Name, reference.Qualifier, cancellation).ConfigureAwait(false);
        if (alias is null)
        {
            return null;
        }

        var main = alias.FunctionVersion == FunctionReference.Latest
            ? latest
            : await Table.ReadVersionAsync(reference.Name, alias.FunctionVersion, cancellation).ConfigureAwait(false);
        var others = new List<(FunctionVersion, double)>();
        foreach (var (number, share) in alias.AdditionalWeights)
        {
            if (await Table.ReadVersionAsync(reference.Name, number, cancellation).ConfigureAwait(false) is { } other)
            {
                others.Add((other.Version, share));
            }
        }

        return main is null ? null : new CallTarget(arn, main.Version, others);
    }
}
