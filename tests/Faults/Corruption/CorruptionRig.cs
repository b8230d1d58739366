using Storage.Engine;

namespace Storage.Faults.Corruption;

/// <summary>
/// Damages one file of a stopped store and opens it: the fault must be refused by name at the opening, fail the reads
/// that need the damaged part by name, or change nothing of what is served. The only exception is <see cref="LastGroup"/>.
/// </summary>
internal sealed class CorruptionRig
{
    private const int StoresPerSet = 9;
    private const int CheckReopeningEach = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly StoreImage[] images;
    private readonly StoppedClock clock = new();

    private CorruptionRig(StoreImage[] images) => this.images = images;

    internal IReadOnlyList<StoreImage> Images => images;

    /// <summary>Builds a set of stores: every way to stop, several workloads.</summary>
    internal static async Task<CorruptionRig> BuildAsync(int set)
    {
        var images = new StoreImage[StoresPerSet];
        for (var i = 0; i < images.Length; i++)
        {
            images[i] = await ImageBuilder.BuildAsync((set * StoresPerSet) + i, (Stop)(i % Enum.GetValues<Stop>().Length));
        }

        return new CorruptionRig(images);
    }

    /// <summary>The fault of a seed, and the store it is made in.</summary>
    internal (StoreImage Image, Fault Fault) FaultOf(long seed)
    {
        var random = new Random(Mix(seed));
        var one = random.Next(images.Length);
        var other = (one + 1 + random.Next(images.Length - 1)) % images.Length;
        return (images[one], new FaultMaker(random, images[one], images[other]).Make());
    }

    /// <summary>Opens a damaged store and reads all of it; some seeds also close and open it again.</summary>
    /// <returns>What came of it, and for a violation why.</returns>
    internal async Task<(Outcome Outcome, string Reason)> TryAsync(StoreImage image, Fault fault, long seed)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                return await OpenAndReadAsync(image, fault, seed % CheckReopeningEach == 0).WaitAsync(Patience);
            }
            catch (TimeoutException) when (isFirst)
            {
                // The whole process may have stood still. A store that hangs hangs again.
            }
            catch (TimeoutException)
            {
                return (Outcome.Violation, $"still busy after {Patience.TotalSeconds} s");
            }
            catch (Exception unexpected)
            {
                return (Outcome.Violation, unexpected.ToString());
            }
        }
    }

    private async Task<(Outcome Outcome, string Reason)> OpenAndReadAsync(StoreImage image, Fault fault, bool checkReopening)
    {
        // Not inline: an opening that never returns must not hold up whoever waits with patience.
        await Task.Yield();
        var files = new ImageFiles(fault.Files);
        Store store;
        try
        {
            store = await SmallStore.OpenAsync(files, clock);
        }
        catch (Exception refusal) when (refusal is InvalidDataException or IOException)
        {
            return !files.Are(fault.Files) ? (Outcome.Violation, "refused, but files were changed: " + refusal.Message)
                : IsNamedIn(refusal.Message, fault) ? (Outcome.Refused, refusal.Message)
                : (Outcome.Misnamed, "refused without naming the file: " + refusal.Message);
        }

        ServedState served;
        await using (store)
        {
            served = await ServedState.ReadAsync(store, image.Workload);
        }

        if (served.Failures.FirstOrDefault(failure => !IsNamedIn(failure, fault)) is { } nameless)
        {
            return (Outcome.Violation, "a read failed without naming the file: " + nameless);
        }

        if (served.DifferenceFrom(image.Expected) is not { } difference)
        {
            return served.Failures.Count > 0 ? (Outcome.ReadsFailed, served.Failures[0])
                : checkReopening ? await ReopenAsync(image, files)
                : (Outcome.Harmless, "");
        }

        return image.LastGroup is { } group
            && group.IsTouchedBy(image.Files, fault.Files)
            && group.Prefixes.Any(prefix => served.DifferenceFrom(prefix) is null)
            ? (Outcome.LastGroupCut, "")
            : (Outcome.Violation, $"served without a word, but another {difference}{image.LastGroup?.Describe(image.Files, fault.Files, served)}");
    }

    /// <summary>What an opening repaired must stay repaired.</summary>
    private async Task<(Outcome Outcome, string Reason)> ReopenAsync(StoreImage image, ImageFiles files)
    {
        await using var store = await SmallStore.OpenAsync(files, clock);
        var served = await ServedState.ReadAsync(store, image.Workload);
        return served.Failures.Count == 0 && served.DifferenceFrom(image.Expected) is null
            ? (Outcome.Harmless, "")
            : (Outcome.Violation, "right when opened once, and wrong when closed and opened again");
    }

    /// <summary>The name of a log's only segment follows from nothing that is left when it is gone.</summary>
    private static bool IsNamedIn(string text, Fault fault) =>
        fault.Names.Any(name => text.Contains(name, StringComparison.Ordinal))
        || (fault.Kind == FaultKind.Missing && text.StartsWith("There is no segment of the log", StringComparison.Ordinal));

    /// <summary>The same on every run and machine, and unlike for neighbouring seeds.</summary>
    private static int Mix(long seed)
    {
        var mixed = unchecked((ulong)seed * 0x9E3779B97F4A7C15);
        return (int)((mixed ^ (mixed >> 32)) & int.MaxValue);
    }
}
