namespace Storage.Faults.Corruption;

/// <summary>What a store made of a fault.</summary>
internal enum Outcome
{
    /// <summary>It did not open, named the file and changed nothing.</summary>
    Refused,

    /// <summary>It opened; reads of the damaged part failed by name, all others gave what they must.</summary>
    ReadsFailed,

    /// <summary>It served exactly what it served without the fault.</summary>
    Harmless,

    /// <summary>Writes from the end of an unclean stop's last group are missing, as after a tear.</summary>
    LastGroupCut,

    /// <summary>It did not open and changed nothing, but said nothing of the file. A violation.</summary>
    Misnamed,

    /// <summary>Anything else: wrong answers, a crash, a refusal that changed files.</summary>
    Violation,
}
