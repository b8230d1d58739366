using Storage.Simulation.Workload;

namespace Storage.Simulation.Histories;

/// <summary>An operation in a history: when it was given, and when answered.</summary>
/// <param name="Operation">What was asked and answered.</param>
/// <param name="From">Its place among all marks when it was given.</param>
/// <param name="Until">Its place when answered; <see cref="Never"/> when no answer came before the crash.</param>
internal sealed record HistoryCall(Operation Operation, int From, int Until)
{
    internal const int Never = int.MaxValue;

    /// <summary>Without an answer nobody knows whether it happened, or when.</summary>
    internal bool IsPending => Until == Never;
}
