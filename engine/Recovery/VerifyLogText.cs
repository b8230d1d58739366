namespace Storage.Engine.Recovery;

/// <summary>Says what the gaps of a log mean.</summary>
internal static class VerifyLogText
{
    /// <summary>A gap where a durable record should be is damage; one behind the last durable record is a torn tail.</summary>
    internal static void Report(VerifyLogEnd end, VerifyLogFiles log, VerifyFindings findings)
    {
        foreach (var gap in end.Gaps)
        {
            var text = Text(gap, end, log);
            if (gap.AfterLsn < end.DurableLsn)
            {
                findings.Damage(log.FileAt(gap.Address), log.FileOffset(gap.Address), text);
            }
            else
            {
                findings.Note(log.FileAt(gap.Address), log.FileOffset(gap.Address), text);
            }
        }
    }

    private static string Text(VerifyLogGap gap, VerifyLogEnd end, VerifyLogFiles log)
    {
        var next = gap.AfterLsn + 1;
        if (gap.AfterLsn >= end.DurableLsn)
        {
            return gap.BeforeLsn == 0
                ? $"The log ends here, behind record {gap.AfterLsn}; what follows was never promised to anyone, and opening cuts it."
                : $"The log ends here, behind record {gap.AfterLsn}: record {next} is not whole. What follows, record {gap.BeforeLsn} "
                    + "too, was never promised to anyone, and opening cuts it.";
        }

        if (gap.BeforeLsn == 0)
        {
            var last = end.DurableLsn;
            return $"{Records(next, last)} should be here and {(next == last ? "is" : "are")} known to have been durable, "
                + $"but {gap.Reason}. No later record is left.";
        }

        var whole = $"record {gap.BeforeLsn} at offset {log.FileOffset(gap.EndAddress)} of {log.FileAt(gap.EndAddress)}";
        return gap.LostCount == 0
            ? $"Record {next} should be here, but {gap.Reason}; {whole} is whole."
            : $"{Records(next, gap.BeforeLsn - 1)} should be here, but {gap.Reason}. The next whole one is {whole}.";
    }

    private static string Records(long first, long last) => first == last ? $"Record {first}" : $"Records {first} to {last}";
}
